// Answers that hold arrays, see packet.py.

// {header, arrays: {name: Uint8Array}}
export function opened(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = Object.entries(header.arrays).map(([name, [begin, size]]) => [name, new Uint8Array(buffer, begin, size)]);
  return { header, arrays: Object.fromEntries(arrays) };
}
