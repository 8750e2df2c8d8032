// Colours one slab: its frame by the kind of tensor, its cells by their numbers, the marks on them, and, when near, the digits.

precision highp float;
precision highp int;
precision highp sampler2D;

in vec3 local;
flat in vec3 cornerFromEye;
flat in ivec4 slab;
flat in vec4 slabLook;
flat in ivec4 slabMarked;
flat in ivec4 slabChosen;
flat in vec3 facing;

uniform sampler2D numbers;
uniform sampler2D ramp;
uniform sampler2D glyphs;
uniform vec4 depthRow;         // clip w of a position relative to the eye
uniform vec3 forward;
uniform float focalPixels;
uniform vec3 ground;
uniform vec3 plate;
uniform vec3 hollow;
uniform vec3 masked;
uniform vec3 frame[4];
uniform vec3 accent;
uniform vec3 halo;
uniform vec3 ink[2];

out vec4 fragment;

const int INPUT = 0;
const int WEIGHT = 1;
const int ACTIVATION = 2;
const int STATISTIC = 3;

const float MARK = 1e38;
const float MINUS_INFINITY = 2.7e38;
const float INFINITY_MARK = 2.1e38;

// ---------------------------------------------------------------- cells

struct Blend {
  float share;        // value / scale, of the numbers among the cells
  float hollow;       // how much of the pixel is not computed
  float masked;       // how much of it is minus infinity (or another mark)
};

float numberAt(int offset) {
  return texelFetch(numbers, ivec2(offset % ATLAS_WIDTH, offset / ATLAS_WIDTH), 0).r;
}

void blendIn(inout Blend blend, float value, float weight) {
  if (value <= -MARK) blend.hollow += weight;
  else if (value >= MARK) blend.masked += weight;
  else blend.share += weight * clamp(value * slabLook.x, -1.0, 1.0);
}

// The four cells (or summaries, at a level above 0) around a place, blended over the width of a pixel.
Blend blendAt(vec2 place, vec2 footprint, int level) {
  ivec2 size = slab.xy;
  int offset = slab.z;
  for (int i = 0; i < level; i++) {
    offset += size.x * size.y;
    size = (size + 1) >> 1;
  }
  float shrink = exp2(-float(level));
  vec2 centred = place * shrink - 0.5;
  vec2 low = floor(centred);
  vec2 towards = clamp(0.5 + (centred - low - 0.5) / max(footprint * shrink, 1e-4), 0.0, 1.0);
  ivec2 first = clamp(ivec2(low), ivec2(0), size - 1);
  ivec2 second = clamp(ivec2(low) + 1, ivec2(0), size - 1);
  Blend blend = Blend(0.0, 0.0, 0.0);
  blendIn(blend, numberAt(offset + first.y * size.x + first.x), (1.0 - towards.x) * (1.0 - towards.y));
  blendIn(blend, numberAt(offset + first.y * size.x + second.x), towards.x * (1.0 - towards.y));
  blendIn(blend, numberAt(offset + second.y * size.x + first.x), (1.0 - towards.x) * towards.y);
  blendIn(blend, numberAt(offset + second.y * size.x + second.x), towards.x * towards.y);
  return blend;
}

vec3 rampColour(float share) {
  float width = float(textureSize(ramp, 0).x);
  return textureLod(ramp, vec2(0.5 + 0.5 * share * (width - 1.0) / width, 0.5), 0.0).rgb;
}

// Coverage of thin diagonal lines, one per cell, by a pixel.
float hatching(vec2 place, float footprint) {
  float distance = abs(fract(place.x + place.y) - 0.5);
  float width = 0.07;
  float line = clamp((width - distance) / max(footprint * 1.4, 1e-4) + 0.5, 0.0, 1.0);
  return mix(line, 2.0 * width, smoothstep(0.15, 0.45, footprint));
}

vec3 cellsColour(vec2 place, vec2 footprint) {
  vec2 extent = vec2(slab.xy);
  vec2 relevant = mix(footprint, vec2(1e-4), lessThan(extent, vec2(1.5)));
  float major = max(max(relevant.x, relevant.y), 1e-4);
  float minor = max(min(relevant.x, relevant.y), 1e-4);
  float stretch = min(log2(major / minor), 2.0);
  float level = max(0.0, log2(major) - 0.5 * stretch);
  int coarse = int(level);
  Blend blend = blendAt(place, footprint, coarse);
  float between = level - float(coarse);
  if (between > 0.0) {
    Blend coarser = blendAt(place, footprint, coarse + 1);
    blend.share = mix(blend.share, coarser.share, between);
    blend.hollow = mix(blend.hollow, coarser.hollow, between);
    blend.masked = mix(blend.masked, coarser.masked, between);
  }
  float wide = max(footprint.x, footprint.y);
  float counted = max(1.0 - blend.hollow - blend.masked, 1e-4);
  vec3 colour = rampColour(blend.share / counted);
  vec3 hollowColour = mix(ground, hollow, hatching(place, wide));
  colour = colour * (1.0 - blend.hollow - blend.masked) + hollowColour * blend.hollow + masked * blend.masked;

  // Gaps between cells, once a cell is some pixels wide.
  vec2 toLine = abs(fract(place + 0.5) - 0.5);
  vec2 gap = clamp((0.025 - toLine) / max(footprint, 1e-4) + 0.5, 0.0, 1.0);
  float visible = 1.0 - smoothstep(0.1, 0.2, wide);
  return mix(colour, plate, max(gap.x, gap.y) * visible * 0.9);
}

// ---------------------------------------------------------------- digits

const uint POWERS[10] = uint[10](1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u);
const int MINUS = 10;
const int POINT = 11;
const int EXPONENT = 12;
const int INFINITE = 13;
const int LETTER_N = 14;
const int LETTER_A = 15;
const int BLANK = 16;

int digitOf(uint number, int power) {
  return int((number / POWERS[clamp(power, 0, 9)]) % 10u);
}

// A number without sign in fixed-point digits: `whole` digits before the point, `decimals` after it.
struct Fixed {
  uint digits;
  int whole;
  int decimals;
};

Fixed fixedPoint(float magnitude, int whole, int decimals) {
  uint digits = uint(magnitude * float(POWERS[decimals]) + 0.5);
  if (digits >= POWERS[clamp(whole + decimals, 0, 9)]) whole++;
  return Fixed(digits, whole, decimals);
}

int lengthOf(Fixed fixed_) {
  return fixed_.whole + (fixed_.decimals > 0 ? 1 + fixed_.decimals : 0);
}

int glyphOf(Fixed fixed_, int place) {
  if (place < fixed_.whole) return digitOf(fixed_.digits, fixed_.decimals + fixed_.whole - 1 - place);
  if (place == fixed_.whole) return POINT;
  return digitOf(fixed_.digits, fixed_.decimals - (place - fixed_.whole));
}

// Which glyph stands at a place of a number that is printed with at most `room` characters; `count`: how many it takes.
int glyphOfNumber(float value, int room, int place, out int count) {
  if (value >= MARK) {
    bool nan = value < INFINITY_MARK;
    bool negative = value > MINUS_INFINITY;
    count = nan ? 3 : negative ? 2 : 1;
    if (nan) return place == 1 ? LETTER_A : LETTER_N;
    return negative && place == 0 ? MINUS : INFINITE;
  }
  int sign_ = value < 0.0 ? 1 : 0;
  int free = room - sign_;
  float magnitude = abs(value);
  int exponent = magnitude > 0.0 ? int(floor(log2(magnitude) * 0.30102999566)) : 0;
  bool exact = magnitude == floor(magnitude) && exponent < free;
  int whole = exponent >= 0 ? exponent + 1 : free > 3 ? 1 : 0;
  int decimals = exact ? 0 : clamp(min(free - whole - 1, 6 - max(exponent, -1)), 0, 7);
  bool scientific = !exact && (whole > free || (exponent < 0 && decimals + exponent < 0 && free >= 4));
  place -= sign_;
  if (!scientific) {
    Fixed number = fixedPoint(magnitude, exact ? exponent + 1 : whole, decimals);
    count = sign_ + lengthOf(number);
    return place < 0 ? MINUS : glyphOf(number, place);
  }
  int exponentSign = exponent < 0 ? 1 : 0;
  int exponentDigits = abs(exponent) > 9 ? 2 : 1;
  int mantissaDecimals = clamp(free - exponentSign - exponentDigits - 3, 0, 5);
  Fixed mantissa = fixedPoint(magnitude * pow(10.0, float(-exponent)), 1, mantissaDecimals);
  int length_ = lengthOf(mantissa);
  count = sign_ + length_ + 1 + exponentSign + exponentDigits;
  if (place < 0) return MINUS;
  if (place < length_) return glyphOf(mantissa, place);
  if (place == length_) return EXPONENT;
  place -= length_ + 1;
  if (place < exponentSign) return MINUS;
  return digitOf(uint(abs(exponent)), exponentDigits - 1 - (place - exponentSign));
}

const float CHARACTER_PIXELS = 6.8;
const float TEXT_WIDTH = 0.86;
const float GLYPH_ASPECT = float(GLYPH_WIDTH) / float(GLYPH_HEIGHT);

// How much of the pixel a digit covers. `inCell`: 0 to 1 from the cell's left and bottom edge, as the reader sees it.
float digitCoverage(float value, vec2 inCell, float cellPixels) {
  float size = TEXT_WIDTH * cellPixels;
  int room = min(int(size / CHARACTER_PIXELS), 8);
  if (room < 4 || value <= -MARK) return 0.0;
  float width = TEXT_WIDTH / float(room);
  float height = width / GLYPH_ASPECT;
  float up = (inCell.y - 0.5) / height + 0.5;
  if (up < 0.0 || up > 1.0) return 0.0;
  int count;
  glyphOfNumber(value, room, 0, count);
  float along = (inCell.x - 0.5) / width + 0.5 * float(count);
  int place = int(floor(along));
  if (place < 0 || place >= count) return 0.0;
  int glyph = glyphOfNumber(value, room, place, count);
  vec2 at = vec2((float(glyph) + fract(along)) / float(GLYPH_COUNT), 1.0 - up);
  float outline = (textureLod(glyphs, at, 0.0).r - 0.5) * 2.0 * float(GLYPH_REACH);
  float pixelsPerTexel = width * cellPixels / float(GLYPH_WIDTH);
  float coverage = clamp(outline * pixelsPerTexel + 0.5, 0.0, 1.0);
  return coverage * smoothstep(4.0, 4.6, size / CHARACTER_PIXELS);
}

// ---------------------------------------------------------------- marks

// Signed distance to a rectangle of cells in pixels, negative inside; a cell smaller than a few pixels is widened to stay visible.
float pixelsToRectangle(ivec4 rectangle, vec2 place, vec2 footprint) {
  vec2 low = vec2(rectangle.xy);
  vec2 high = vec2(rectangle.zw);
  vec2 halfSize = max(0.5 * (high - low), 2.5 * footprint);
  vec2 outside = (abs(place - 0.5 * (low + high)) - halfSize) / footprint;
  return max(outside.x, outside.y);
}

bool isEmpty(ivec4 rectangle) {
  return rectangle.z <= rectangle.x;
}

vec3 outlined(vec3 colour, float distance, float width, vec3 lineColour) {
  float line = clamp(width + 0.5 - abs(distance + 0.5 * width), 0.0, 1.0);
  float around = clamp(width + 2.0 - abs(distance + 0.5 * width), 0.0, 1.0);
  return mix(mix(colour, halo, around * 0.85), lineColour, line);
}

// ---------------------------------------------------------------- frame

vec3 frameColour(vec2 place, vec2 footprint) {
  int kind = slab.w;
  vec3 colour = frame[kind];
  if (slabLook.z > 0.5) return accent;
  if (kind == STATISTIC) {
    vec2 beyond = max(-place, place - vec2(slab.xy));
    bool upright = beyond.x > beyond.y;
    float along = upright ? place.y : place.x;
    float dash = step(fract(along), 0.55);
    colour = mix(ground, colour, mix(dash, 0.6, smoothstep(0.2, 0.5, upright ? footprint.y : footprint.x)));
  }
  return colour;
}

void main() {
  vec2 place = local.xy;
  vec2 footprint = max(vec2(length(vec2(dFdx(place.x), dFdy(place.x))), length(vec2(dFdx(place.y), dFdy(place.y)))), 1e-5);
  vec2 extent = vec2(slab.xy);
  vec3 colour;
  if (abs(facing.z) < 0.5) {
    colour = mix(frameColour(place, footprint), ground, 0.25);
  } else {
    vec2 inside = clamp(place, vec2(0.0), extent);
    vec2 beyond = max(-place, place - extent) / footprint;
    float onFrame = clamp(max(beyond.x, beyond.y) + 0.5, 0.0, 1.0);
    colour = cellsColour(inside, footprint);

    ivec2 cell = clamp(ivec2(floor(place)), ivec2(0), slab.xy - 1);
    vec3 middle = cornerFromEye + vec3(vec2(cell) + 0.5, facing.z > 0.0 ? 1.0 : 0.0);
    float depth = max(dot(depthRow.xyz, middle) + depthRow.w, 1e-3);
    float turned = abs(dot(forward, facing));
    float cellPixels = focalPixels / depth * turned;
    if (cellPixels > 4.0 * CHARACTER_PIXELS) {
      float value = numberAt(slab.z + cell.y * slab.x + cell.x);
      vec2 inCell = place - vec2(cell);
      if (facing.z < 0.0) inCell.x = 1.0 - inCell.x;
      float coverage = digitCoverage(value, inCell, cellPixels);
      float brightness = dot(colour, vec3(0.299, 0.587, 0.114));
      float groundBrightness = dot(plate, vec3(0.299, 0.587, 0.114));
      vec3 digitInk = abs(brightness - groundBrightness) < 0.42 ? ink[0] : ink[1];
      colour = mix(colour, digitInk, coverage * smoothstep(0.25, 0.45, turned));
    }

    float dimming = slabLook.w;
    if (!isEmpty(slabMarked)) {
      float distance = pixelsToRectangle(slabMarked, place, footprint);
      colour = mix(colour, plate, dimming * clamp(distance + 0.5, 0.0, 1.0));
      colour = mix(colour, frameColour(place, footprint), onFrame);
      colour = outlined(colour, distance, 2.0, accent);
    } else {
      colour = mix(colour, frameColour(place, footprint), onFrame);
    }
    if (!isEmpty(slabChosen)) {
      float distance = pixelsToRectangle(slabChosen, place, footprint);
      colour = outlined(colour, distance, 3.0, accent);
    }
  }
  fragment = vec4(mix(colour, ground, slabLook.y), 1.0);
}
