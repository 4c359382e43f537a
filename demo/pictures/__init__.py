"""The demo's pictures: a family of botanical drawings of our own, composed from a seed and rasterised.

`demo.pictures.draw` holds the whole of it for callers: `draw`, `scene`, `rasterise`, `FORMS` and `SCENES`.
`python -m demo.pictures.ornaments` writes the site's mark, divider and icons into `demo/pictures/ornaments/`.
"""
