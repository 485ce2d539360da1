// needs: picture.wgsl gather.wgsl
// Blurs the layers of one side of a reduced level, cell by cell.

@group(0) @binding(8) var<storage, read_write> blurred: array<vec4<f32>>;  // layer by layer
@group(0) @binding(9) var<storage, read_write> blurred_layers: array<u32>;  // a bit for each layer of a tile

@compute @workgroup_size(8, 8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let tile = vec2(group.x, grid.first_drawn + group.y);
    let used = layers_around(tile);
    if (thread == 0u) {
        blurred_layers[group.y * grid.tile_columns + group.x] = used;
    }
    let place = tile * TILE + local.xy;
    if (place.x >= grid.width || place.y >= grid.height) {
        return;
    }
    let plane = grid.drawn_rows * TILE * grid.width;
    let cell = (group.y * TILE + local.y) * grid.width + place.x;
    for (var layer = 0u; layer < grid.layers; layer++) {
        if (((used >> layer) & 1u) == 1u) {
            blurred[layer * plane + cell] = gathered(layer, tile, vec2<i32>(place));
        }
    }
}
