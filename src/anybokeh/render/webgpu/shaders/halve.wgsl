// needs: picture.wgsl pyramid.wgsl
// Sums of 2 x 2 cells.

@group(0) @binding(2) var<storage, read_write> behind: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> behind_weight: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= sizes.coarse_columns || id.y >= sizes.coarse_rows) {
        return;
    }
    let plane = id.z * picture.pyramid;
    var sum = vec4(0.0);
    var total = 0.0;
    for (var i = 2u * id.y; i < min(2u * id.y + 2u, sizes.fine_rows); i++) {
        for (var j = 2u * id.x; j < min(2u * id.x + 2u, sizes.fine_columns); j++) {
            let at = plane + sizes.fine + i * sizes.fine_columns + j;
            let weight = behind_weight[at];
            if (weight > 0.0) {
                // A cell counts fully once it holds one pixel: what is known should not drown in larger areas.
                let scale = min(1.0, 1.0 / weight);
                sum += scale * behind[at];
                total += scale * weight;
            }
        }
    }
    let into = plane + sizes.coarse + id.y * sizes.coarse_columns + id.x;
    behind[into] = sum;
    behind_weight[into] = total;
}
