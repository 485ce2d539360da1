// Which kernel blurs a sample.

struct Kernels {
    steps: f32,  // kernels a cell of radius
    bins: u32,  // kernels of a field
    field_columns: u32,
    field_rows: u32,
    turned: u32,  // as many follow in reverse order, for what lies before the focal plane; or 0
    count: u32,
    unused: u32,  // structs within uniforms take whole vectors
    unused_too: u32,
};

fn chosen_kernel(kernels: Kernels, radius: f32, near: bool, at: vec2<u32>, size: vec2<u32>) -> u32 {
    let field = at * vec2(kernels.field_columns, kernels.field_rows) / size;
    let kernel = (field.y * kernels.field_columns + field.x) * kernels.bins
        + min(u32(radius * kernels.steps + 0.5), kernels.bins - 1u);
    return select(kernel, kernels.count - 1u - kernel, near && kernels.turned == 1u);
}
