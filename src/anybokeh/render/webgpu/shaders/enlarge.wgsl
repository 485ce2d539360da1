// needs: picture.wgsl
// Enlarges each layer of a reduced level bilinearly and lays it behind the result.
//
// Composited with each other first, the layers' hidden surfaces would fill the room that the same surface,
// drawn on another level, has left: a line along which what is behind shows.

struct Drawn {
    size: u32,
    columns: u32,
    rows: u32,
    tile_columns: u32,
    layers: u32,
    first_drawn: u32,  // first row of tiles of cells
    drawn_rows: u32,
    first_row: u32,  // of pixels
    last_row: u32,
};

@group(0) @binding(1) var<uniform> drawn: Drawn;
@group(0) @binding(2) var<storage, read> blurred: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> blurred_layers: array<u32>;
@group(0) @binding(4) var<storage, read_write> result: array<vec4<f32>>;

fn layers_at(cell: vec2<u32>) -> u32 {
    return blurred_layers[(cell.y / TILE - drawn.first_drawn) * drawn.tile_columns + cell.x / TILE];
}

fn blurred_at(layer: u32, cell: vec2<u32>, used: u32) -> vec4<f32> {
    if (((used >> layer) & 1u) == 0u) {
        return vec4(0.0);
    }
    let row = cell.y - drawn.first_drawn * TILE;
    return blurred[(layer * drawn.drawn_rows * TILE + row) * drawn.columns + cell.x];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let y = drawn.first_row + id.y;
    if (id.x >= picture.width || y > drawn.last_row) {
        return;
    }
    let pixel = y * picture.width + id.x;
    var sum = result[pixel];
    if (1.0 - sum.w <= NEGLIGIBLE_COVERAGE) {
        return;
    }
    let last = vec2(drawn.columns, drawn.rows) - 1u;
    let place = max((vec2(f32(id.x), f32(y)) + 0.5) / f32(drawn.size) - 0.5, vec2(0.0));
    let cell = min(vec2<u32>(place), last);
    let next = min(cell + 1u, last);
    let share = place - vec2<f32>(cell);
    let top_right = vec2(next.x, cell.y);
    let bottom_left = vec2(cell.x, next.y);
    let used = vec4(layers_at(cell), layers_at(top_right), layers_at(bottom_left), layers_at(next));
    let every = used.x | used.y | used.z | used.w;
    for (var layer = 0u; layer < drawn.layers; layer++) {
        let room = 1.0 - sum.w;
        if (((every >> layer) & 1u) == 0u || room <= NEGLIGIBLE_COVERAGE) {
            continue;
        }
        let left = (1.0 - share.y) * blurred_at(layer, cell, used.x) + share.y * blurred_at(layer, bottom_left, used.z);
        let right = (1.0 - share.y) * blurred_at(layer, top_right, used.y) + share.y * blurred_at(layer, next, used.w);
        let light = (1.0 - share.x) * left + share.x * right;
        if (light.w > NEGLIGIBLE_COVERAGE) {
            sum += min(1.0, room / light.w) * light;
        }
    }
    result[pixel] = sum;
}
