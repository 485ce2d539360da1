// needs: picture.wgsl layers.wgsl strip.wgsl kernels.wgsl
// The points that are drawn at full size, sorted by layer within each tile.

@group(0) @binding(2) var<uniform> kernels: Kernels;
@group(0) @binding(3) var<storage, read> points: array<f32>;
@group(0) @binding(4) var<storage, read> index: array<u32>;
@group(0) @binding(5) var<storage, read_write> sample_light: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> sample_place: array<vec2<u32>>;  // kernel; column and row
@group(0) @binding(7) var<storage, read_write> begins: array<u32>;  // a bit a layer, and where each begins

const NONE = 255u;
const WORDS = 8u;  // a bit for each point that a tile may have

var<workgroup> layers: array<u32, 256>;  // of the points, the first of each pixel, then the second, ...
var<workgroup> present: array<u32, 216>;  // for each layer, which of them
var<workgroup> totals: array<u32, 32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let tile = group.y * picture.tile_columns + group.x;
    let place = vec2(group.x * TILE + thread % TILE, (strip.first_tile_row + group.y) * TILE + thread / TILE);
    let start = index[PIXEL_POINTS + tile * TILE_PIXELS] / 8u;
    let mine = index[PIXEL_POINTS + tile * TILE_PIXELS + thread];
    let bit = 1u << (thread % 32u);
    for (var n = 0u; n < MOST_POINTS; n++) {
        var layer = NONE;
        if (n < mine % 8u) {
            let coc = points[(mine / 8u + n) * POINT + 4u];
            if (abs(coc) <= BASE_RADIUS) {
                layer = base_layer(coc);
            }
        }
        layers[n * TILE_PIXELS + thread] = layer;
    }
    workgroupBarrier();
    if (thread < BASE_LAYERS) {
        var total = 0u;
        for (var word = 0u; word < WORDS; word++) {
            var bits = 0u;
            for (var n = 0u; n < 32u; n++) {
                bits |= select(0u, 1u << n, layers[word * 32u + n] == thread);
            }
            present[thread * WORDS + word] = bits;
            total += countOneBits(bits);
        }
        totals[thread] = total;
    }
    workgroupBarrier();
    if (thread == 0u) {
        let entry = tile * (BASE_LAYERS + 2u);
        var used = 0u;
        var begin = start;
        for (var layer = 0u; layer < BASE_LAYERS; layer++) {
            begins[entry + 1u + layer] = begin;
            used |= select(0u, 1u << layer, totals[layer] > 0u);
            begin += totals[layer];
        }
        begins[entry + 1u + BASE_LAYERS] = begin;
        begins[entry] = used;
    }
    for (var n = 0u; n < mine % 8u; n++) {
        let from_point = (mine / 8u + n) * POINT;
        let coc = points[from_point + 4u];
        if (abs(coc) > BASE_RADIUS) {
            continue;
        }
        let layer = layers[n * TILE_PIXELS + thread];
        var at = start;
        for (var other = 0u; other < layer; other++) {
            at += totals[other];
        }
        let own = n * 2u + thread / 32u;
        for (var word = 0u; word < own; word++) {
            at += countOneBits(present[layer * WORDS + word]);
        }
        at += countOneBits(present[layer * WORDS + own] & (bit - 1u));
        sample_light[at] = vec4(
            points[from_point], points[from_point + 1u], points[from_point + 2u], points[from_point + 3u]
        );
        let kernel = chosen_kernel(kernels, abs(coc), coc > 0.0, place, vec2(picture.width, picture.height));
        sample_place[at] = vec2(kernel, place.x | (place.y << 16u));
    }
}
