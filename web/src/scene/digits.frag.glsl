// One character per place, cut out of the distance field as sharp as the screen's pixels.

precision highp float;
precision highp int;

in vec2 at;
flat in int characters;
flat in vec2 inkAndOpacity;

uniform sampler2D glyphs;
uniform vec3 ink[2];

out vec4 fragment;

void main() {
  float texelsPerPixel = max(length(vec2(dFdx(at.x), dFdy(at.x))) * float(GLYPH_WIDTH), 1e-4);
  int glyph = (characters >> (4 * int(at.x))) & 15;
  float outline = textureLod(glyphs, vec2((float(glyph) + fract(at.x)) / float(GLYPH_COUNT), at.y), 0.0).r - 0.5;
  float coverage = clamp(outline * 2.0 * float(GLYPH_REACH) / texelsPerPixel + 0.5, 0.0, 1.0);
  if (coverage <= 0.0) discard;
  fragment = vec4(inkAndOpacity.x < 0.5 ? ink[0] : ink[1], coverage * inkAndOpacity.y);
}
