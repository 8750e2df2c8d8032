// The colour of a flying cell's number, and the frame that sets it off from the cells behind it.

precision highp float;

in vec2 onFace;
flat in float rim;
flat in vec2 look;
flat in float isSide;

uniform sampler2D ramp;
uniform vec3 maskedInk;
uniform vec3 edge;
uniform vec3 accent;

out vec4 fragment;

void main() {
  float width = float(textureSize(ramp, 0).x);
  float share = clamp(look.x, -1.0, 1.0);
  vec3 colour = textureLod(ramp, vec2(0.5 + 0.5 * share * (width - 1.0) / width, 0.5), 0.0).rgb;
  if (look.x > 1.5) colour = maskedInk;
  vec3 frame = look.y > 0.5 ? accent : mix(colour, edge, 0.55);
  float outside = max(abs(onFace.x), abs(onFace.y)) - 0.5;
  float onRim = clamp(outside / max(fwidth(outside), 1e-5) + 0.5, 0.0, 1.0);
  fragment = vec4(mix(colour, frame, max(onRim, 0.85 * isSide)), 1.0);
}
