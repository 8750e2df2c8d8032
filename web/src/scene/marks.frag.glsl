// A line around what it marks, which it does not cover, between two thin ones that set it off from any colour.

precision highp float;

in vec2 place;
flat in vec2 halfSize;
flat in vec4 outline;
flat in float isCrossed;

uniform vec3 halo;

out vec4 fragment;

void main() {
  vec2 pixel = max(vec2(length(vec2(dFdx(place.x), dFdy(place.x))), length(vec2(dFdx(place.y), dFdy(place.y)))), 1e-5);
  vec2 outside = (abs(place) - halfSize) / pixel;
  float fromMiddle = abs(max(outside.x, outside.y) - 0.5 * outline.a);
  // Two diagonals through what is switched off.
  vec2 share = place / halfSize;
  vec2 diagonals = abs(vec2(share.x - share.y, share.x + share.y)) / length(pixel / halfSize);
  if (isCrossed > 0.5 && max(outside.x, outside.y) < 0.0) fromMiddle = min(fromMiddle, min(diagonals.x, diagonals.y));
  float line = clamp(0.5 * outline.a + 0.5 - fromMiddle, 0.0, 1.0);
  float around = clamp(0.5 * outline.a + 1.5 - fromMiddle, 0.0, 1.0);
  if (around <= 0.0) discard;
  fragment = vec4(mix(halo, outline.rgb, line), max(line, 0.8 * around));
}
