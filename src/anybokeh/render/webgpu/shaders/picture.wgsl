// One frame, seen with one focus.

const CELL = 4u;  // side in pixels of the cells of outlines and of fills
const TILE = 8u;  // side of the tiles that workgroups draw
const THRESHOLDS = 8u;
const NEGLIGIBLE_COVERAGE = 1e-5;

struct Picture {
    width: u32,
    height: u32,
    columns: u32,  // cells
    rows: u32,
    tile_columns: u32,
    tile_rows: u32,
    pyramid: u32,  // cells of all sizes of a fill
    // optics
    focus: f32,
    range: f32,
    blur: f32,  // pixels of radius per unit of disparity
    curvature: f32,
    display_width: f32,
    // thresholds of what is hidden, in squashed circles of confusion
    first: f32,
    scale: f32,
    first_threshold: f32,
    spacing: f32,
    // light
    decode_steps: u32,
    encode_steps: u32,
    radiance_channels: u32,
    highlight_strength: f32,
    highlight_threshold: f32,
    highlight_knee: f32,
    highlights_known: u32,
    // how far the border takes after the line next to it
    mend_top: f32,
    mend_bottom: f32,
    mend_left: f32,
    mend_right: f32,
    known_surfaces: u32,
    channels: u32,  // those that are drawn, a bit each
};

@group(0) @binding(0) var<uniform> picture: Picture;
