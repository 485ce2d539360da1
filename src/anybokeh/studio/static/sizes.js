// Bytes as people read them.

export function sizeText(bytes) {
  const megabytes = bytes / 2 ** 20;
  return megabytes >= 1024 ? `${(megabytes / 1024).toFixed(1)} GB` : `${megabytes < 10 ? megabytes.toFixed(1) : megabytes.toFixed(0)} MB`;
}
