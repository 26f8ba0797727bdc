"""Pages in the browser, served by Tilth itself."""
