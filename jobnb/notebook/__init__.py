"""Notebook: magics, panels and forms; the only room that knows IPython and widgets."""
