// Blurred light of one layer at one place: the sum over the samples whose kernels touch it.

struct Grid {
    width: u32,
    height: u32,
    tile_columns: u32,
    layers: u32,
    first_tile_row: u32,  // of the tiles whose samples are held
    last_tile_row: u32,
    first_drawn: u32,  // row of tiles that is drawn first
    drawn_rows: u32,  // rows of tiles that are drawn
};

@group(0) @binding(1) var<uniform> grid: Grid;
@group(0) @binding(2) var<uniform> reaches: array<vec4<u32>, 28>;  // of each layer, and of all at the end
@group(0) @binding(3) var<storage, read> sample_light: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> sample_place: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> begins: array<u32>;
@group(0) @binding(6) var<storage, read> kernel_weights: array<f32>;
@group(0) @binding(7) var<storage, read> kernel_boxes: array<vec4<i32>>;  // where, left, top, width and height

const EVERY_LAYER = 27u;

// first and last tile, columns and rows, whose samples may touch a tile
fn tiles_around(layer: u32, tile: vec2<u32>) -> vec4<i32> {
    let reach = vec2<i32>(reaches[layer].xy);
    let corner = vec2<i32>(tile * TILE);
    let low = max((corner - reach) >> vec2(3u), vec2(0, i32(grid.first_tile_row)));
    let high = min(
        (corner + i32(TILE) - 1 + reach) >> vec2(3u), vec2(i32(grid.tile_columns) - 1, i32(grid.last_tile_row))
    );
    return vec4(low, high);
}

fn entry_of(column: i32, row: i32) -> u32 {
    return (u32(row) - grid.first_tile_row) * grid.tile_columns * (grid.layers + 2u) + u32(column) * (grid.layers + 2u);
}

// a bit for each layer that may touch a tile
fn layers_around(tile: vec2<u32>) -> u32 {
    let around = tiles_around(EVERY_LAYER, tile);
    var used = 0u;
    for (var row = around.y; row <= around.w; row++) {
        for (var column = around.x; column <= around.z; column++) {
            used |= begins[entry_of(column, row)];
        }
    }
    return used;
}

fn kernel_at(kernel: u32, source: vec2<i32>, at: vec2<i32>) -> f32 {
    let box = kernel_boxes[kernel];
    let size = vec2(box.w & 0xffff, box.w >> 16u);
    let last = vec2(i32(grid.width), i32(grid.height)) - 1;
    let offset = at - source - box.yz;
    if (all(source > vec2(0)) && all(source < last)) {
        if (any(offset < vec2(0)) || any(offset >= size)) {
            return 0.0;
        }
        return kernel_weights[box.x + offset.y * size.x + offset.x];
    }
    // Beyond the border the picture's edge is repeated.
    let low = max(select(offset, vec2(0), source == last), vec2(0));
    let high = min(select(offset, size - 1, source == vec2(0)), size - 1);
    var total = 0.0;
    for (var row = low.y; row <= high.y; row++) {
        for (var column = low.x; column <= high.x; column++) {
            total += kernel_weights[box.x + row * size.x + column];
        }
    }
    return total;
}

fn gathered(layer: u32, tile: vec2<u32>, at: vec2<i32>) -> vec4<f32> {
    let around = tiles_around(layer, tile);
    // what lies farther away touches no pixel of the tile: told for all of them at once
    let reach = vec2<i32>(reaches[layer].xy);
    let low = vec2<i32>(tile * TILE) - reach;
    let high = vec2<i32>(tile * TILE) + i32(TILE) - 1 + reach;
    var sum = vec4(0.0);
    for (var row = around.y; row <= around.w; row++) {
        for (var column = around.x; column <= around.z; column++) {
            let entry = entry_of(column, row);
            if (((begins[entry] >> layer) & 1u) == 0u) {
                continue;
            }
            let end = begins[entry + layer + 2u];
            for (var n = begins[entry + layer + 1u]; n < end; n++) {
                let place = sample_place[n];
                let source = vec2(i32(place.y & 0xffffu), i32(place.y >> 16u));
                if (all(source >= low) && all(source <= high)) {
                    sum += kernel_at(place.x, source, at) * sample_light[n];
                }
            }
        }
    }
    return sum;
}
