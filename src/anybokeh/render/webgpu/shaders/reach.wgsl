// needs: picture.wgsl
// How far, in pixels, blur reveals what lies behind an outline in each cell; 0 where there is none.

@group(0) @binding(1) var<storage, read> behind: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> behind_weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> reach: array<f32>;

const LEAST_WEIGHT = 0.15;
const OUTLINE_STEP = 1.0;
const OUTLINE_SLOPE = 0.1;
const EXTRA_REACH = 8.0;

fn reach_at(cell: vec2<u32>, k: u32) -> f32 {
    if (behind_weight[k * picture.pyramid + cell.y * picture.columns + cell.x] == 0.0) {
        return 0.0;
    }
    var back = 0.0;
    var back_weight = 0.0;
    var every = 0.0;
    var every_weight = 0.0;
    let low = max(vec2<i32>(cell) - 1, vec2(0));
    let high = min(vec2<i32>(cell) + 1, vec2(i32(picture.columns), i32(picture.rows)) - 1);
    for (var i = low.y; i <= high.y; i++) {
        for (var j = low.x; j <= high.x; j++) {
            let at = u32(i) * picture.columns + u32(j);
            back += behind[k * picture.pyramid + at].w;
            back_weight += behind_weight[k * picture.pyramid + at];
            every += behind[THRESHOLDS * picture.pyramid + at].w;
            every_weight += behind_weight[THRESHOLDS * picture.pyramid + at];
        }
    }
    let front_weight = every_weight - back_weight;
    if (back_weight < LEAST_WEIGHT || front_weight < LEAST_WEIGHT) {
        return 0.0;
    }
    let front = (every - back) / front_weight;
    back /= back_weight;
    let outline = front - back > OUTLINE_STEP + OUTLINE_SLOPE * min(abs(front), abs(back));
    return select(0.0, abs(front) + abs(back) + EXTRA_REACH, outline);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < picture.columns && id.y < picture.rows) {
        reach[(id.z * picture.rows + id.y) * picture.columns + id.x] = reach_at(id.xy, id.z);
    }
}
