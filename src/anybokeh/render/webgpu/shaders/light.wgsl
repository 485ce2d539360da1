// needs: picture.wgsl
// From code values and disparity to linear light and circles of confusion.

@group(0) @binding(1) var<storage, read> frame: array<f32>;
@group(0) @binding(2) var<storage, read> decode_table: array<f32>;
@group(0) @binding(3) var<storage, read> disparity: array<f32>;
@group(0) @binding(4) var<storage, read> radiance: array<f32>;
@group(0) @binding(5) var<storage, read> highlights: array<f32>;
@group(0) @binding(6) var<storage, read_write> light: array<vec4<f32>>;

fn decoded(code: f32) -> f32 {
    if (picture.decode_steps == 0u) {
        return code;
    }
    let position = clamp(code, 0.0, 1.0) * f32(picture.decode_steps);
    let i = min(u32(position), picture.decode_steps - 1u);
    return decode_table[i] + (decode_table[i + 1u] - decode_table[i]) * (position - f32(i));
}

fn radiated(x: u32, y: u32) -> vec3<f32> {
    let pixels = picture.width * picture.height;
    let at = y * picture.width + x;
    let code = vec3(frame[at], frame[pixels + at], frame[2u * pixels + at]);
    var gain = vec3(1.0);
    if (picture.radiance_channels == 1u) {
        gain = vec3(radiance[at]);
    }
    if (picture.radiance_channels == 3u) {
        gain = vec3(radiance[at], radiance[pixels + at], radiance[2u * pixels + at]);
    }
    if (picture.highlight_strength > 0.0) {
        let brightest = max(code.x, max(code.y, code.z));
        let share = clamp((brightest - picture.highlight_threshold) / picture.highlight_knee, 0.0, 1.0);
        var added = picture.highlight_strength * share * share * (3.0 - 2.0 * share);
        if (picture.highlights_known == 1u) {
            added *= highlights[at];
        }
        gain *= 1.0 + added;
    }
    return vec3(decoded(code.x), decoded(code.y), decoded(code.z)) * gain;
}

fn rows_mended(x: u32, y: u32) -> vec3<f32> {
    let own = radiated(x, y);
    if (y == 0u && picture.mend_top > 0.0) {
        return (1.0 - picture.mend_top) * own + picture.mend_top * radiated(x, 1u);
    }
    if (y == picture.height - 1u && picture.mend_bottom > 0.0) {
        return (1.0 - picture.mend_bottom) * own + picture.mend_bottom * radiated(x, y - 1u);
    }
    return own;
}

fn mended(x: u32, y: u32) -> vec3<f32> {
    let own = rows_mended(x, y);
    if (x == 0u && picture.mend_left > 0.0) {
        return (1.0 - picture.mend_left) * own + picture.mend_left * rows_mended(1u, y);
    }
    if (x == picture.width - 1u && picture.mend_right > 0.0) {
        return (1.0 - picture.mend_right) * own + picture.mend_right * rows_mended(x - 1u, y);
    }
    return own;
}

fn circle_of_confusion(x: u32, y: u32) -> f32 {
    var focus = picture.focus;
    if (picture.curvature != 0.0) {
        let size = vec2(picture.display_width, f32(picture.height));
        let place = (vec2(f32(x), f32(y)) + 0.5) / vec2(f32(picture.width), f32(picture.height)) * 2.0 - 1.0;
        focus += picture.curvature * (dot(size * place, size * place) / dot(size, size));
    }
    let offset = disparity[y * picture.width + x] - focus;
    let radius = max(abs(offset) - picture.range, 0.0) * picture.blur;
    return select(radius, -radius, offset < 0.0);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= picture.width || id.y >= picture.height) {
        return;
    }
    light[id.y * picture.width + id.x] = vec4(mended(id.x, id.y), circle_of_confusion(id.x, id.y));
}
