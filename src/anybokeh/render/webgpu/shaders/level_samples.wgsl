// needs: picture.wgsl layers.wgsl strip.wgsl kernels.wgsl level.wgsl
// The points of a reduced level, shared among the four cells around each, summed by cell and layer, and sorted
// by layer within each tile of cells.

@group(0) @binding(2) var<uniform> level: Level;
@group(0) @binding(3) var<storage, read> points: array<f32>;
@group(0) @binding(4) var<storage, read> index: array<u32>;
@group(0) @binding(5) var<storage, read_write> sample_light: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> sample_place: array<vec2<u32>>;  // kernel; column and row
@group(0) @binding(7) var<storage, read_write> begins: array<u32>;  // a bit a layer, and where each begins
@group(0) @binding(8) var<storage, read_write> counted: array<atomic<u32>>;  // samples, whether too many

const LEAST_WEIGHT = 1e-4;

var<workgroup> layers: array<u32, 64>;  // a bit for each layer of a cell
var<workgroup> present: array<u32, 16>;  // a bit for each cell, two words a layer
var<workgroup> first: u32;

var<private> sums: array<vec4<f32>, 8>;  // of each layer
var<private> radii: array<f32, 8>;

// how much of a pixel a cell takes, along one axis
fn share_of(pixel: u32, cell: u32, cells: u32) -> f32 {
    let place = clamp((f32(pixel) + 0.5) / f32(level.size) - 0.5, 0.0, f32(cells - 1u));
    return max(0.0, 1.0 - abs(place - f32(cell)));
}

fn pixels_of(cell: u32, length: u32) -> vec2<u32> {
    let half = level.size / 2u;
    let begin = cell * level.size;
    return vec2(begin - min(begin, half), min(begin + level.size + half, length));
}

fn weight_of(range: vec2<u32>, cell: u32, cells: u32) -> f32 {
    var total = 0.0;
    for (var pixel = range.x; pixel < range.y; pixel++) {
        total += share_of(pixel, cell, cells);
    }
    return total;
}

fn sum_cell(cell: vec2<u32>) -> f32 {
    let across = pixels_of(cell.x, picture.width);
    let down = pixels_of(cell.y, picture.height);
    let wanted = 1u << (min(level.level, 15u) + select(16u, 0u, level.near == 1u));
    for (var tile_row = down.x / TILE; tile_row <= (down.y - 1u) / TILE; tile_row++) {
        for (var tile_column = across.x / TILE; tile_column <= (across.y - 1u) / TILE; tile_column++) {
            let tile = (tile_row - strip.first_tile_row) * picture.tile_columns + tile_column;
            if ((index[tile_levels_at(tile)] & wanted) == 0u) {
                continue;
            }
            for (var y = max(tile_row * TILE, down.x); y < min(tile_row * TILE + TILE, down.y); y++) {
                let v = share_of(y, cell.y, level.rows);
                for (var x = max(tile_column * TILE, across.x); x < min(tile_column * TILE + TILE, across.y); x++) {
                    let pixel = index[PIXEL_POINTS + tile * TILE_PIXELS + (y % TILE) * TILE + x % TILE];
                    let share = v * share_of(x, cell.x, level.columns);
                    for (var n = 0u; n < pixel % 8u; n++) {
                        add_point((pixel / 8u + n) * POINT, share);
                    }
                }
            }
        }
    }
    return weight_of(across, cell.x, level.columns) * weight_of(down, cell.y, level.rows);
}

fn add_point(at: u32, share: f32) {
    let coc = points[at + 4u];
    let near = coc > 0.0;
    if (near == (level.near == 1u) && level_of(abs(coc)) == level.level) {
        let radius = abs(coc) / f32(level.size);
        let layer = reduced_layer(radius, near);
        let weighed = share * vec4(points[at], points[at + 1u], points[at + 2u], points[at + 3u]);
        sums[layer] += weighed;
        radii[layer] += weighed.w * radius;
    }
}

@compute @workgroup_size(8, 8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let tile_row = level.first_drawn + group.y;
    let tile = tile_row * level.tile_columns + group.x;
    let cell = vec2(group.x * TILE + local.x, tile_row * TILE + local.y);
    let bit = 1u << (thread % 32u);
    var pixels = 0.0;
    var here = 0u;
    if (cell.x < level.columns && cell.y < level.rows) {
        pixels = sum_cell(cell);
        for (var layer = 0u; layer < REDUCED_LAYERS; layer++) {
            here |= select(0u, 1u << layer, sums[layer].w > LEAST_WEIGHT);
        }
    }
    layers[thread] = here;
    workgroupBarrier();
    if (thread < 2u * REDUCED_LAYERS) {
        var bits = 0u;
        for (var n = 0u; n < 32u; n++) {
            bits |= ((layers[(thread % 2u) * 32u + n] >> (thread / 2u)) & 1u) << n;
        }
        present[thread] = bits;
    }
    workgroupBarrier();
    if (thread == 0u) {
        var total = 0u;
        for (var word = 0u; word < 2u * REDUCED_LAYERS; word++) {
            total += countOneBits(present[word]);
        }
        first = atomicAdd(&counted[0], total);
        if (first + total > level.capacity) {
            atomicStore(&counted[1], 1u);
            first = 0u;
        }
        let entry = tile * (REDUCED_LAYERS + 2u);
        var used = 0u;
        var begin = first;
        for (var layer = 0u; layer < REDUCED_LAYERS; layer++) {
            begins[entry + 1u + layer] = begin;
            let cells = countOneBits(present[layer * 2u]) + countOneBits(present[layer * 2u + 1u]);
            used |= select(0u, 1u << layer, cells > 0u);
            begin += cells;
        }
        begins[entry + 1u + REDUCED_LAYERS] = begin;
        begins[entry] = used;
    }
    workgroupBarrier();
    var at = first;
    for (var layer = 0u; layer < REDUCED_LAYERS; layer++) {
        let words = vec2(present[layer * 2u], present[layer * 2u + 1u]);
        let sum = sums[layer];
        if (((here >> layer) & 1u) == 1u) {
            var to = at + countOneBits(words.x & select(bit - 1u, 0xffffffffu, thread >= 32u));
            to += select(0u, countOneBits(words.y & (bit - 1u)), thread >= 32u);
            if (to < level.capacity) {
                sample_light[to] = sum / pixels;
                let radius = radii[layer] / sum.w;
                let size = vec2(level.columns, level.rows);
                let kernel = chosen_kernel(level.kernels, radius, level.near == 1u, cell, size);
                sample_place[to] = vec2(kernel, cell.x | (cell.y << 16u));
            }
        }
        at += countOneBits(words.x) + countOneBits(words.y);
    }
}
