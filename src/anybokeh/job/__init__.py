"""The main job: analyse a clip, cut it into shots, render them, and join the result.

`refocus` goes from file to file, `in_memory` and `refocus_frames` from array to array; `tracking` and `depth`
stop after the analysis. Only this package sees the whole picture: the analysis knows nothing of renderers,
renderers know nothing of files.
"""
