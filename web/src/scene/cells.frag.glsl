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
flat in int instance;

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
uniform ivec3 hovered;          // slab (-1: none), column, row

out vec4 fragment;

const int INPUT = 0;
const int WEIGHT = 1;
const int ACTIVATION = 2;
const int STATISTIC = 3;

const int FRAME_LIT = 1;
const int HOLLOW = 2;

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
  float width = 0.035;
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
  // Room for a sign is kept in every cell, so that numbers side by side show the same decimals.
  int free = room - 1;
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

// A line of so many pixels around what it marks, which it does not cover, between two thin ones that set it off.
vec3 outlined(vec3 colour, float distance, float width, vec3 lineColour) {
  float fromMiddle = abs(distance - 0.5 * width);
  float line = clamp(0.5 * width + 0.5 - fromMiddle, 0.0, 1.0);
  float around = clamp(0.5 * width + 1.5 - fromMiddle, 0.0, 1.0);
  return mix(mix(colour, halo, around * 0.8), lineColour, line);
}

// ---------------------------------------------------------------- frame

vec3 frameColour(vec2 place, vec2 footprint) {
  int kind = slab.w;
  vec3 colour = frame[kind];
  if (int(slabLook.z) == FRAME_LIT) return accent;
  if (kind == STATISTIC) {
    vec2 beyond = max(-place, place - vec2(slab.xy));
    bool upright = beyond.x > beyond.y;
    float along = upright ? place.y : place.x;
    float dash = step(fract(along), 0.55);
    colour = mix(ground, colour, mix(dash, 0.6, smoothstep(0.2, 0.5, upright ? footprint.y : footprint.x)));
  }
  return colour;
}

// The digits of the cell at a place, printed over its colour when the cell is large enough.
vec3 printed(vec3 colour, vec2 place) {
  ivec2 cell = clamp(ivec2(floor(place)), ivec2(0), slab.xy - 1);
  vec3 middle = cornerFromEye + vec3(vec2(cell) + 0.5, facing.z > 0.0 ? 1.0 : 0.0);
  float depth = max(dot(depthRow.xyz, middle) + depthRow.w, 1e-3);
  float turned = abs(dot(forward, facing));
  float cellPixels = focalPixels / depth * turned;
  if (cellPixels < 4.0 * CHARACTER_PIXELS) return colour;
  vec2 inCell = place - vec2(cell);
  if (facing.z < 0.0) inCell.x = 1.0 - inCell.x;
  float coverage = digitCoverage(numberAt(slab.z + cell.y * slab.x + cell.x), inCell, cellPixels);
  vec3 grey = vec3(0.299, 0.587, 0.114);
  vec3 digitInk = abs(dot(colour - plate, grey)) < 0.42 ? ink[0] : ink[1];
  return mix(colour, digitInk, coverage * smoothstep(0.25, 0.45, turned));
}

vec3 faceColour(vec2 place, vec2 footprint) {
  vec2 extent = vec2(slab.xy);
  vec2 beyond = max(-place, place - extent) / footprint;
  float onFrame = clamp(max(beyond.x, beyond.y) + 0.5, 0.0, 1.0);
  // What stands before a lit slab is seen through: only its frame is drawn.
  if (int(slabLook.z) == HOLLOW && onFrame < 0.5) discard;
  vec3 colour = printed(cellsColour(clamp(place, vec2(0.0), extent), footprint), place);
  if (!isEmpty(slabMarked)) {
    float distance = pixelsToRectangle(slabMarked, place, footprint);
    colour = mix(colour, plate, slabLook.w * clamp(distance + 0.5, 0.0, 1.0));
    colour = outlined(mix(colour, frameColour(place, footprint), onFrame), distance, 2.0, accent);
  } else {
    colour = mix(colour, frameColour(place, footprint), onFrame);
  }
  if (!isEmpty(slabChosen)) colour = outlined(colour, pixelsToRectangle(slabChosen, place, footprint), 3.0, accent);
  if (hovered.x == instance) {
    float distance = pixelsToRectangle(ivec4(hovered.yz, hovered.yz + 1), place, footprint);
    colour = outlined(colour, distance, 1.5, ink[0]);
  }
  return colour;
}

void main() {
  vec2 place = local.xy;
  vec2 footprint = max(vec2(length(vec2(dFdx(place.x), dFdy(place.x))), length(vec2(dFdx(place.y), dFdy(place.y)))), 1e-5);
  bool onSide = abs(facing.z) < 0.5;
  vec3 colour = onSide ? mix(frameColour(place, footprint), ground, 0.25) : faceColour(place, footprint);
  fragment = vec4(mix(colour, ground, slabLook.y), 1.0);
}
