// needs: picture.wgsl apart.wgsl
// Encodes the result; pixels in focus that nothing in front reaches are copied from the frame.

@group(0) @binding(1) var<storage, read> result: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> in_front: array<f32>;
@group(0) @binding(3) var<storage, read> light: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> outline_index: array<i32>;
@group(0) @binding(5) var<storage, read> outline_pixels: array<f32>;
@group(0) @binding(6) var<storage, read> frame: array<u32>;  // bits, so that copies are exact
@group(0) @binding(7) var<storage, read> encode_table: array<f32>;
@group(0) @binding(8) var<storage, read_write> finished: array<u32>;

fn encoded(linear: f32) -> f32 {
    if (picture.encode_steps == 0u) {
        return linear;
    }
    let position = sqrt(sqrt(clamp(linear, 0.0, 1.0))) * f32(picture.encode_steps);
    let i = min(u32(position), picture.encode_steps - 1u);
    return encode_table[i] + (encode_table[i + 1u] - encode_table[i]) * (position - f32(i));
}

fn is_in_focus(x: u32, y: u32) -> bool {
    let number = outline_index[(y / CELL) * picture.columns + x / CELL];
    if (number < 0) {
        return light[y * picture.width + x].w == 0.0;
    }
    // pixels that are in focus only in part are not
    let apart = apart_at(u32(number), (y % CELL) * CELL + x % CELL);
    return (apart.share == 1.0 && apart.near.w == 0.0) || (apart.share == 0.0 && apart.far.w == 0.0);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= picture.width || id.y >= picture.height) {
        return;
    }
    let pixels = picture.width * picture.height;
    let at = id.y * picture.width + id.x;
    if (at == 0u) {
        finished[3u * pixels] = picture.mark;
    }
    let seen = result[at];
    let kept = (is_in_focus(id.x, id.y) && in_front[at] <= NEGLIGIBLE_COVERAGE) || seen.w <= NEGLIGIBLE_COVERAGE;
    let scale = 1.0 / seen.w;
    for (var channel = 0u; channel < 3u; channel++) {
        if (((picture.channels >> channel) & 1u) == 0u) {
            continue;
        }
        let to = channel * pixels + at;
        if (kept) {
            finished[to] = frame[to];
        } else {
            finished[to] = bitcast<u32>(encoded(seen[channel] * scale));
        }
    }
}
