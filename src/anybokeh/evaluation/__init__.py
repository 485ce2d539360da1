"""How good a rendering is: rivals to compare with."""
