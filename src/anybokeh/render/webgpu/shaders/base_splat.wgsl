// needs: picture.wgsl layers.wgsl gather.wgsl
// Blurs the layers of full size and lays them, front to back, behind what the result holds: each only as far
// as there is room, so that neighbouring layers of one slanted surface complement each other.

@group(0) @binding(8) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(9) var<storage, read_write> in_front: array<f32>;

@compute @workgroup_size(8, 8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let tile = vec2(group.x, grid.first_drawn + group.y);
    let place = tile * TILE + local.xy;
    if (place.x >= picture.width || place.y >= picture.height) {
        return;
    }
    let pixel = place.y * picture.width + place.x;
    let used = layers_around(tile);
    var sum = result[pixel];
    var front = sum.w;
    for (var layer = 0u; layer < BASE_LAYERS; layer++) {
        if (layer == FOCUS_LAYER) {
            front = sum.w;
        }
        let room = 1.0 - sum.w;
        if (((used >> layer) & 1u) == 0u || room <= NEGLIGIBLE_COVERAGE) {
            continue;
        }
        let blurred = gathered(layer, tile, vec2<i32>(place));
        if (blurred.w > NEGLIGIBLE_COVERAGE) {
            if (blurred.w <= room) {
                sum += blurred;
            } else {
                sum = vec4(sum.rgb + room / blurred.w * blurred.rgb, 1.0);
            }
        }
    }
    result[pixel] = sum;
    in_front[pixel] = front;
}
