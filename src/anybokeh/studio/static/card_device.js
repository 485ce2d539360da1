// A graphics card: buffers by their names, and the plans that the studio makes for them (recording.py).

const UNIFORM = 256;
// a triangle over all of the canvas, and the picture in it
const SHOWN = `
@group(0) @binding(0) var<storage, read> picture: array<f32>;
@group(0) @binding(1) var<uniform> size: vec4<u32>;
@vertex fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
  return vec4(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
@fragment fn colour(@builtin(position) place: vec4<f32>) -> @location(0) vec4<f32> {
  let at = u32(place.y) * size.x + u32(place.x);
  let pixels = size.x * size.y;
  return vec4(picture[at], picture[pixels + at], picture[2u * pixels + at], 1.0);
}`;

const up = (size, to) => Math.ceil(size / to) * to;

// The card of this browser, with the shaders compiled. shaders(): fetches them. lost(reason): told once it can draw no
// more. Throws where there is none; a driver that draws on the processor is slower than the studio.
export async function openCard(shaders, canvas, lost) {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("the browser gives no graphics card (WebGPU)");
  if (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) throw new Error("the browser draws in software");
  const device = await adapter.requestDevice();
  device.lost.then(({ message }) => lost(message || "the graphics card was lost"));
  try {
    return new Card(device, await compiled(device, await shaders()), canvas);
  } catch (error) {
    // why is told by the error
    lost = () => {};
    device.destroy();
    throw error;
  }
}

async function compiled(device, shaders) {
  const each = Object.entries(shaders).map(async ([name, { source, bindings }]) => {
    const entries = bindings.map(([binding, kind]) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: kind } }));
    const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
    const module = device.createShaderModule({ label: name, code: source });
    const pipeline = await device.createComputePipelineAsync({ label: name, layout, compute: { module, entryPoint: "main" } });
    return [name, { pipeline, bindings }];
  });
  return new Map(await Promise.all(each));
}

class Card {
  constructor(device, shaders, canvas) {
    this.device = device;
    this.shaders = shaders;
    this.canvas = canvas;
    this.context = canvas.getContext("webgpu");
    const format = navigator.gpu.getPreferredCanvasFormat();
    this.context.configure({ device, format, alphaMode: "opaque" });
    const module = device.createShaderModule({ code: SHOWN });
    const targets = [{ format }];
    this.shown = device.createRenderPipeline({ layout: "auto", vertex: { module }, fragment: { module, targets } });
    this.size = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.buffers = new Map();
    this.groups = new Map();
  }

  // Let buffers hold these arrays, {name: Uint8Array}.
  give(arrays) {
    for (const [name, bytes] of Object.entries(arrays)) {
      const size = Math.max(16, up(bytes.byteLength, 4));
      // shaders tell by its size how much it holds
      if (this.buffers.get(name)?.size !== size) this.make(name, size);
      // what is read begins and ends at whole words: arrays of a packet lie so far apart
      this.device.queue.writeBuffer(this.buffers.get(name), 0, bytes.buffer, bytes.byteOffset, up(bytes.byteLength, 4));
    }
  }

  make(name, size) {
    this.buffers.get(name)?.destroy();
    this.groups.clear();
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    this.buffers.set(name, this.device.createBuffer({ label: name, size, usage }));
  }

  // Do what uses the card; throws where it has no memory, or refuses.
  async attempt(work) {
    const { device } = this;
    device.pushErrorScope("validation");
    device.pushErrorScope("out-of-memory");
    try {
      return work();
    } finally {
      const errors = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
      const error = errors.find(Boolean);
      if (error) throw error;
    }
  }

  // Run a plan; returns whether there was room for all samples. Throws as `attempt`.
  async run(plan) {
    const checked = await this.attempt(() => {
      for (const [name, size] of Object.entries(plan.sizes)) if (!(this.buffers.get(name)?.size >= size)) this.make(name, size);
      return this.encode(plan);
    });
    await checked.mapAsync(GPUMapMode.READ);
    const hasRoom = new Uint32Array(checked.getMappedRange()).every((word) => word === 0);
    checked.destroy();
    return hasRoom;
  }

  // Returns the buffer into which the words are copied that are to be 0.
  encode({ names, uniforms, steps }) {
    const { device } = this;
    const places = this.place(uniforms);
    const checks = steps.filter(([kind]) => kind === "check");
    const checked = device.createBuffer({ size: Math.max(4, 4 * checks.length), usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    const encoder = device.createCommandEncoder();
    let pass = null;
    const end = () => {
      pass?.end();
      pass = null;
    };
    let number = 0;
    for (const [kind, ...rest] of steps) {
      if (kind === "clear") {
        end();
        encoder.clearBuffer(this.buffers.get(names[rest[0]]), 0, rest[1]);
      } else if (kind === "check") {
        end();
        encoder.copyBufferToBuffer(this.buffers.get(names[rest[0]]), 4 * rest[1], checked, 4 * number, 4);
        number += 1;
      } else {
        pass ??= encoder.beginComputePass();
        const bound = rest.slice(3).map((one) => (one < names.length ? names[one] : places[one - names.length]));
        pass.setPipeline(this.shaders.get(kind).pipeline);
        pass.setBindGroup(0, this.group(kind, bound));
        pass.dispatchWorkgroups(...rest.slice(0, 3));
      }
    }
    end();
    device.queue.submit([encoder.finish()]);
    return checked;
  }

  // Write uniforms, given in hexadecimal, into one buffer; returns [begin, size] of each.
  place(uniforms) {
    const places = [];
    let end = 0;
    for (const one of uniforms) {
      const size = up(one.length / 2, 16);
      places.push([end, size]);
      end = up(end + size, UNIFORM);
    }
    const bytes = new Uint8Array(Math.max(end, UNIFORM));
    uniforms.forEach((one, index) => {
      for (let at = 0; at < one.length; at += 2) bytes[places[index][0] + at / 2] = parseInt(one.slice(at, at + 2), 16);
    });
    if (!(this.uniforms?.size >= bytes.length)) {
      this.uniforms?.destroy();
      this.groups.clear();
      this.uniforms = this.device.createBuffer({ size: bytes.length, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    }
    this.device.queue.writeBuffer(this.uniforms, 0, bytes);
    return places;
  }

  // bound: names of buffers, and [begin, size] of uniforms
  group(shader, bound) {
    const key = `${shader} ${bound.join(" ")}`;
    if (!this.groups.has(key)) {
      const { pipeline, bindings } = this.shaders.get(shader);
      const entries = bound.map((one, index) => ({
        binding: bindings[index][0],
        resource: typeof one === "string" ? { buffer: this.buffers.get(one) } : { buffer: this.uniforms, offset: one[0], size: one[1] },
      }));
      this.groups.set(key, this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    }
    return this.groups.get(key);
  }

  // Show what was drawn on the canvas.
  show(width, height) {
    const { device, canvas } = this;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    device.queue.writeBuffer(this.size, 0, new Uint32Array([width, height, 0, 0]));
    const encoder = device.createCommandEncoder();
    const view = this.context.getCurrentTexture().createView();
    const pass = encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }] });
    pass.setPipeline(this.shown);
    const entries = [this.buffers.get("finished"), this.size].map((buffer, binding) => ({ binding, resource: { buffer } }));
    pass.setBindGroup(0, device.createBindGroup({ layout: this.shown.getBindGroupLayout(0), entries }));
    pass.draw(3);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  // Forget all buffers.
  empty() {
    for (const buffer of this.buffers.values()) buffer.destroy();
    this.buffers.clear();
    this.groups.clear();
  }

  // Give its memory back.
  close() {
    this.device.destroy();
  }
}
