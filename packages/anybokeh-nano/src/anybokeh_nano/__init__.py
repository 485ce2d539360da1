"""The weights of anybokeh's small one-step model; its folder is a pipeline folder."""
