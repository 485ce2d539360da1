// needs: picture.wgsl layers.wgsl strip.wgsl apart.wgsl
// Every visible sample, and behind each those hidden ones that blur may reveal, pixel by pixel.

@group(0) @binding(2) var<storage, read> light: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> outline_index: array<i32>;
@group(0) @binding(4) var<storage, read> outline_pixels: array<f32>;
@group(0) @binding(5) var<storage, read> fill: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> reach: array<f32>;
@group(0) @binding(7) var<storage, read> known: array<u32>;  // where each row begins, columns, five numbers each
@group(0) @binding(8) var<storage, read_write> points: array<f32>;
@group(0) @binding(9) var<storage, read_write> index: array<atomic<u32>>;

const HIDDEN_DEPTH = 2;
const MARGIN = 0.25;
const FADE = 8.0;

var<workgroup> counts: array<u32, 64>;
var<workgroup> first: u32;
var<workgroup> levels: array<u32, 64>;

var<private> found: array<vec4<f32>, 4>;
var<private> found_coc: array<f32, 4>;
var<private> count: u32;
var<private> reduced: u32;  // a bit for each reduced level, near ones first
var<private> seen: u32;  // known surfaces of the row that are used

fn add_point(surface: vec4<f32>, weight: f32) {
    found[count] = vec4(surface.rgb * weight, weight);
    found_coc[count] = surface.w;
    count += 1u;
    let level = level_of(abs(surface.w));
    if (level > 0u) {
        reduced |= 1u << (min(level, 15u) + select(0u, 16u, surface.w <= 0.0));
    }
}

fn known_column(at: u32) -> u32 {
    return known[picture.height + 1u + at];
}

fn known_number(at: u32, number: u32) -> f32 {
    return bitcast<f32>(known[picture.height + 1u + picture.known_surfaces + 5u * at + number]);
}

fn find_known(x: u32, y: u32) {
    var low = known[y];
    var high = known[y + 1u];
    while (low < high) {
        let middle = (low + high) / 2u;
        if (known_column(middle) < x) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    seen = low;
}

// a fill with the nearest known surface behind what covers it blended in, by its confidence
fn merged(x: u32, y: u32, front: f32, share: f32, filled: vec4<f32>) -> vec4<f32> {
    if (picture.known_surfaces == 0u) {
        return filled;
    }
    let end = known[y + 1u];
    while (seen < end && known_column(seen) == x && known_number(seen, 3u) >= front) {
        seen += 1u;
    }
    if (seen >= end || known_column(seen) != x) {
        return filled;
    }
    let at = seen;
    seen += 1u;
    let surface = vec4(known_number(at, 0u), known_number(at, 1u), known_number(at, 2u), known_number(at, 3u));
    return filled + share * known_number(at, 4u) * (surface - filled);
}

fn sampled_fill(k: u32, x: u32, y: u32) -> vec4<f32> {
    let place = max((vec2(f32(x), f32(y)) + 0.5) / f32(CELL) - 0.5, vec2(0.0));
    let cell = vec2<u32>(place);
    let next = min(cell + 1u, vec2(picture.columns, picture.rows) - 1u);
    let share = place - vec2<f32>(cell);
    let top = k * picture.pyramid + cell.y * picture.columns;
    let bottom = k * picture.pyramid + next.y * picture.columns;
    let above = fill[top + cell.x] * (1.0 - share.x) + fill[top + next.x] * share.x;
    let below = fill[bottom + cell.x] * (1.0 - share.x) + fill[bottom + next.x] * share.x;
    return above * (1.0 - share.y) + below * share.y;
}

fn find_points(x: u32, y: u32) {
    if (picture.known_surfaces > 0u) {
        find_known(x, y);
    }
    let cell = (y / CELL) * picture.columns + x / CELL;
    var surface = light[y * picture.width + x];
    let number = outline_index[cell];
    if (number >= 0) {
        let apart = apart_at(u32(number), (y % CELL) * CELL + x % CELL);
        let mixed = apart.share > 0.0 && apart.share < 1.0;
        if (mixed) {
            add_point(apart.near, apart.share);
        }
        // The farther surface of a pixel on the nearer one is mostly hidden.
        let hidden = mixed && 2.0 * surface.w > apart.near.w + apart.far.w;
        surface = apart.far;
        if (apart.share == 1.0) {
            surface = apart.near;
        }
        if (hidden) {
            surface = merged(x, y, apart.near.w, apart.share, surface);
        }
    }
    var weight = 1.0;
    for (var depth = 0; depth <= HIDDEN_DEPTH; depth++) {
        add_point(surface, weight);
        let place = squashed(surface.w) - MARGIN * picture.spacing;
        let k = min(i32(floor((place - picture.first_threshold) / picture.spacing)), i32(THRESHOLDS) - 1);
        if (depth == HIDDEN_DEPTH || k < 0) {
            break;
        }
        let remaining = reach[u32(k) * picture.rows * picture.columns + cell];
        if (remaining <= 0.0) {
            break;
        }
        let front = surface.w;
        surface = merged(x, y, front, 1.0, sampled_fill(u32(k), x, y));
        if (surface.w >= front) {
            break;
        }
        weight = min(1.0, remaining / FADE);
    }
}

@compute @workgroup_size(8, 8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let x = group.x * TILE + local.x;
    let y = (strip.first_tile_row + group.y) * TILE + local.y;
    if (x < picture.width && y < picture.height) {
        find_points(x, y);
    }
    counts[thread] = count;
    levels[thread] = reduced;
    workgroupBarrier();
    let tile = group.y * picture.tile_columns + group.x;
    if (thread == 0u) {
        var total = 0u;
        var every = 0u;
        for (var other = 0u; other < TILE_PIXELS; other++) {
            total += counts[other];
            every |= levels[other];
        }
        // Where a tile's points lie differs from run to run; their order within it does not.
        first = atomicAdd(&index[POINT_COUNT], total);
        if (first + total > strip.capacity) {
            atomicStore(&index[TOO_MANY], 1u);
        }
        atomicStore(&index[tile_levels_at(tile)], every);
    }
    workgroupBarrier();
    var at = first;
    for (var other = 0u; other < thread; other++) {
        at += counts[other];
    }
    let fits = at + count <= strip.capacity;
    atomicStore(&index[PIXEL_POINTS + tile * TILE_PIXELS + thread], at * 8u + select(0u, count, fits));
    if (fits) {
        for (var n = 0u; n < count; n++) {
            let to = (at + n) * POINT;
            points[to] = found[n].x;
            points[to + 1u] = found[n].y;
            points[to + 2u] = found[n].z;
            points[to + 3u] = found[n].w;
            points[to + 4u] = found_coc[n];
        }
    }
}
