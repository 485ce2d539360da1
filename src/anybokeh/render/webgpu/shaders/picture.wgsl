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
    // thresholds of what is hidden, in squashed circles of confusion
    first: f32,
    scale: f32,
    first_threshold: f32,
    spacing: f32,
    // light
    encode_steps: u32,
    known_surfaces: u32,
    channels: u32,  // those that are drawn, a bit each
    mark: u32,  // of the frame and its channels, another each time
};

@group(0) @binding(0) var<uniform> picture: Picture;
