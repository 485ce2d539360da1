"""The layered renderer in WGSL compute shaders."""
