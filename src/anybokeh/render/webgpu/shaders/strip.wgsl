// The rows of tiles whose points are held at once: the whole picture where memory allows.

struct Strip {
    first_tile_row: u32,
    tile_rows: u32,
    capacity: u32,  // points
};

// Words of the index of points: how many there are, whether they are too many, the points of each pixel tile
// by tile (first * 8 + count), and the reduced levels of each tile.
const POINT_COUNT = 0u;
const TOO_MANY = 1u;
const PIXEL_POINTS = 16u;
const TILE_PIXELS = 64u;
const POINT = 5u;  // numbers a point: linear RGB times weight, weight, circle of confusion
const MOST_POINTS = 4u;  // of a pixel

@group(0) @binding(1) var<uniform> strip: Strip;

fn tile_levels_at(tile: u32) -> u32 {
    return PIXEL_POINTS + strip.tile_rows * picture.tile_columns * TILE_PIXELS + tile;
}
