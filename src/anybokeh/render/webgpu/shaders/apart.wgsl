// A pixel near an outline, taken apart; needs the buffer outline_pixels.

const APART = 9u;  // numbers a pixel: both surfaces, and the share of the nearer one

struct Apart {
    near: vec4<f32>,  // linear RGB and circle of confusion
    far: vec4<f32>,
    share: f32,
};

// pixel number `pixel` of a numbered cell
fn apart_at(number: u32, pixel: u32) -> Apart {
    let at = (number * CELL * CELL + pixel) * APART;
    return Apart(
        vec4(outline_pixels[at], outline_pixels[at + 1u], outline_pixels[at + 2u], outline_pixels[at + 3u]),
        vec4(outline_pixels[at + 4u], outline_pixels[at + 5u], outline_pixels[at + 6u], outline_pixels[at + 7u]),
        outline_pixels[at + 8u],
    );
}
