// Two neighbouring sizes of the pyramid of fills.

struct Sizes {
    fine_columns: u32,
    fine_rows: u32,
    fine: u32,  // where its cells begin
    coarse_columns: u32,
    coarse_rows: u32,
    coarse: u32,
};

@group(0) @binding(1) var<uniform> sizes: Sizes;
