// One side of a reduced level: cells of size x size pixels.

struct Level {
    level: u32,
    near: u32,
    size: u32,
    columns: u32,
    rows: u32,
    tile_columns: u32,  // tiles of cells
    tile_rows: u32,
    capacity: u32,  // samples
};
