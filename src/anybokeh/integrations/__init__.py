"""What other programs call: nodes for ComfyUI, and files that compositing and editing programs read."""
