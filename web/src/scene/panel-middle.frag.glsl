// The middle of a sheet, where nothing is but its tint.

precision mediump float;

uniform vec4 tint;

out vec4 fragment;

void main() {
  fragment = tint;
}
