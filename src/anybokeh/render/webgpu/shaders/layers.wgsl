// Layers by circle of confusion; see layers.py.

const BASE_RADIUS = 8.0;
const BASE_LAYERS = 27u;
const BASE_HALF_LAYERS = 14;
const BASE_LAYERS_PER_UNIT = 6.0;
const FOCUS_LAYER = 13u;
const REDUCED_RADIUS = 16.0;
const REDUCED_LAYERS = 8u;
const LAYERS_PER_OCTAVE = 4.0;

// log(1 + value), exact for small values too
fn log_one_plus(value: f32) -> f32 {
    return select(log(1.0 + value), value * (1.0 - 0.5 * value), value < 1e-3);
}

fn squashed(coc: f32) -> f32 {
    let place = log_one_plus(abs(coc));
    return select(place, -place, coc < 0.0);
}

fn level_of(radius: f32) -> u32 {
    if (radius <= BASE_RADIUS) {
        return 0u;
    }
    var level = 1u;
    var cells = radius * 0.5;
    while (cells > REDUCED_RADIUS) {
        cells *= 0.5;
        level += 1u;
    }
    return level;
}

fn base_layer(coc: f32) -> u32 {
    let step = min(i32(BASE_LAYERS_PER_UNIT * log_one_plus(abs(coc))), BASE_HALF_LAYERS - 1);
    return u32(select(i32(FOCUS_LAYER) + step, i32(FOCUS_LAYER) - step, coc > 0.0));
}

// layer of a disc on a reduced level; radius in cells
fn reduced_layer(radius: f32, near: bool) -> u32 {
    let step = i32(LAYERS_PER_OCTAVE * log2(radius * (2.0 / BASE_RADIUS)));
    let layer = u32(clamp(step, 0, i32(REDUCED_LAYERS) - 1));
    return select(layer, REDUCED_LAYERS - 1u - layer, near);
}
