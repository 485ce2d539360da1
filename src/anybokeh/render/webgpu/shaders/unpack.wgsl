// Light and code values of a frame from half floats and bytes.

struct Packed {
    pixels: u32,
};

@group(0) @binding(0) var<uniform> packed: Packed;
@group(0) @binding(1) var<storage, read> halves: array<u32>;  // linear RGB, pixel by pixel, two a word
@group(0) @binding(2) var<storage, read> bytes: array<u32>;  // red, then green, then blue, four a word
@group(0) @binding(3) var<storage, read_write> light: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> frame: array<f32>;

fn half_at(at: u32) -> f32 {
    let both = unpack2x16float(halves[at / 2u]);
    return select(both.x, both.y, at % 2u == 1u);
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= packed.pixels) {
        return;
    }
    light[id.x] = vec4(half_at(3u * id.x), half_at(3u * id.x + 1u), half_at(3u * id.x + 2u), 0.0);
    for (var channel = 0u; channel < 3u; channel++) {
        let at = channel * packed.pixels + id.x;
        frame[at] = f32((bytes[at / 4u] >> (8u * (at % 4u))) & 0xffu) / 255.0;
    }
}
