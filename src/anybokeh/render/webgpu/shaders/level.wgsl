// One side of a reduced level, cells of size x size pixels, and the kernels that blur its samples.

struct Level {
    kernels: Kernels,
    level: u32,
    near: u32,
    size: u32,
    columns: u32,
    rows: u32,
    tile_columns: u32,  // tiles of cells
    tile_rows: u32,
    first_drawn: u32,  // row of tiles
    capacity: u32,  // samples
};
