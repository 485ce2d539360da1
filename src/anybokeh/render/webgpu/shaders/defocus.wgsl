// Circles of confusion of disparities, each written into a record of its own.

struct Defocus {
    focus: f32,  // disparity in focus
    strength: f32,  // pixels per unit of disparity
    range: f32,  // disparity to either side that is sharp
    first: u32,  // where they stand in the first record
    stride: u32,  // numbers a record
};

@group(0) @binding(0) var<uniform> defocus: Defocus;
@group(0) @binding(1) var<storage, read> disparity: array<f32>;
@group(0) @binding(2) var<storage, read_write> records: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = defocus.first + id.x * defocus.stride;
    if (id.x >= arrayLength(&disparity) || at >= arrayLength(&records)) {
        return;
    }
    let offset = disparity[id.x] - defocus.focus;
    let radius = max(abs(offset) - defocus.range, 0.0) * defocus.strength;
    records[at] = select(radius, -radius, offset < 0.0);
}
