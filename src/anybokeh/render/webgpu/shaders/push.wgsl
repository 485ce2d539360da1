// needs: picture.wgsl pyramid.wgsl
// Weighted means where there is weight, the coarser fill where there is none; sums become fills in place.

@group(0) @binding(2) var<storage, read_write> behind: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> behind_weight: array<f32>;

fn coarse_at(plane: u32, row: i32, column: i32) -> vec4<f32> {
    let i = u32(clamp(row, 0, i32(sizes.coarse_rows) - 1));
    let j = u32(clamp(column, 0, i32(sizes.coarse_columns) - 1));
    return behind[plane + sizes.coarse + i * sizes.coarse_columns + j];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= sizes.fine_columns || id.y >= sizes.fine_rows) {
        return;
    }
    let plane = id.z * picture.pyramid;
    let at = plane + sizes.fine + id.y * sizes.fine_columns + id.x;
    let weight = behind_weight[at];
    let known = min(weight, 1.0);
    var value = vec4(0.0);
    if (known < 1.0 && sizes.coarse_rows > 0u) {
        let i = (i32(id.y) + 1) / 2 - 1;
        let j = (i32(id.x) + 1) / 2 - 1;
        let v = select(0.75, 0.25, (id.y & 1u) == 1u);
        let u = select(0.75, 0.25, (id.x & 1u) == 1u);
        let above = coarse_at(plane, i, j) * (1.0 - u) + coarse_at(plane, i, j + 1) * u;
        let below = coarse_at(plane, i + 1, j) * (1.0 - u) + coarse_at(plane, i + 1, j + 1) * u;
        value = (above * (1.0 - v) + below * v) * (1.0 - known);
    }
    if (weight > 0.0) {
        value += known * behind[at] / weight;
    }
    behind[at] = value;
}
