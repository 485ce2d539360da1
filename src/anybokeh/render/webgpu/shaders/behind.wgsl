// needs: picture.wgsl layers.wgsl apart.wgsl
// Sums over cells of what lies behind each threshold; the last of them holds all pixels.

@group(0) @binding(1) var<storage, read> light: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> outline_index: array<i32>;
@group(0) @binding(3) var<storage, read> outline_pixels: array<f32>;
@group(0) @binding(4) var<storage, read_write> behind: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> behind_weight: array<f32>;

const SHARPNESS = 4.0;

// how far a surface lies behind threshold k
fn membership(k: u32, coc: f32) -> f32 {
    if (k == THRESHOLDS) {
        return 1.0;
    }
    let band = (squashed(coc) - picture.first) * picture.scale;
    return clamp((f32(k + 1u) - band) * SHARPNESS + 0.5, 0.0, 1.0);
}

@compute @workgroup_size(4, 4, 9)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= picture.columns || id.y >= picture.rows) {
        return;
    }
    let k = id.z;
    var sum = vec4(0.0);
    var total = 0.0;
    let number = outline_index[id.y * picture.columns + id.x];
    for (var i = 0u; i < CELL; i++) {
        for (var j = 0u; j < CELL; j++) {
            let y = id.y * CELL + i;
            let x = id.x * CELL + j;
            if (y >= picture.height || x >= picture.width) {
                continue;
            }
            if (number < 0) {
                let pixel = light[y * picture.width + x];
                let weight = membership(k, pixel.w);
                sum += weight * pixel;
                total += weight;
                continue;
            }
            // Each surface by its colour freed from the other, which would glow around itself there.
            let apart = apart_at(u32(number), i * CELL + j);
            let near = membership(k, apart.near.w) * apart.share * apart.share;
            let far = membership(k, apart.far.w) * (1.0 - apart.share) * (1.0 - apart.share);
            sum += near * apart.near + far * apart.far;
            total += near + far;
        }
    }
    let at = k * picture.pyramid + id.y * picture.columns + id.x;
    behind[at] = sum;
    behind_weight[at] = total;
}
