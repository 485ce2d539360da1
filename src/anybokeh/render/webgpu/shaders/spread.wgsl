// needs: picture.wgsl
// Lowers each reach by the distance walked over cells. Steps of 1, 2, 4, ... cells, first diagonal, then
// straight, lead everywhere on the way that a chamfer distance takes.

struct Step {
    cells: i32,
    diagonal: u32,
};

@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> before: array<f32>;
@group(0) @binding(3) var<storage, read_write> spread: array<f32>;

const DIAGONAL = 1.4142;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= picture.columns || id.y >= picture.rows) {
        return;
    }
    let plane = id.z * picture.rows * picture.columns;
    let size = vec2(i32(picture.columns), i32(picture.rows));
    var best = before[plane + id.y * picture.columns + id.x];
    let walked = f32(step.cells) * f32(CELL) * select(1.0, DIAGONAL, step.diagonal == 1u);
    for (var way = 0; way < 4; way++) {
        let sign = 1 - 2 * (way & 1);
        var direction = select(vec2(0, sign), vec2(sign, 0), way < 2);
        if (step.diagonal == 1u) {
            direction = vec2(sign, 1 - (way & 2));
        }
        let from_cell = vec2<i32>(id.xy) + step.cells * direction;
        if (all(from_cell >= vec2(0)) && all(from_cell < size)) {
            best = max(best, before[plane + u32(from_cell.y * size.x + from_cell.x)] - walked);
        }
    }
    spread[plane + id.y * picture.columns + id.x] = best;
}
