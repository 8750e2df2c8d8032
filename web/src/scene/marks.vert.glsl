// The outline around a rectangle of cells: a rectangle that is a few pixels larger, on the face that is turned to the eye.

in vec2 position;      // -0.5 to 0.5
in vec4 corner;        // low corner of the slab's rectangle, thickness of the slab
in vec2 extent;
in vec4 line;          // colour, width in pixels
in float crossed;      // 1: crossed out

uniform mat4 viewProjection;
uniform vec3 eyeHigh;
uniform vec3 eyeLow;
uniform vec3 forward;
uniform float focalPixels;
uniform float pixelRatio;

out vec2 place;        // from the middle of the rectangle
flat out vec2 halfSize;
flat out vec4 outline;
flat out float isCrossed;

const float LEAST_PIXELS = 2.5;   // half of what a marked cell measures at least

void main() {
  vec3 middle = (corner.xyz - eyeHigh) - eyeLow + vec3(0.5 * extent, 0.0);
  // The face: the front when the eye stands before the slab.
  middle.z += middle.z + 0.5 * corner.w < 0.0 ? corner.w : 0.0;
  float pixel = max(dot(middle, forward), 1e-3) / focalPixels;
  halfSize = max(0.5 * extent, LEAST_PIXELS * pixelRatio * pixel);
  isCrossed = crossed;
  outline = vec4(line.rgb, line.a * pixelRatio);
  // Seen at a slant a pixel covers more of the face; the reserve of three covers all but the flattest views.
  vec2 reach = halfSize + 3.0 * (outline.a + 1.5) * pixel;
  place = position * 2.0 * reach;
  gl_Position = viewProjection * vec4(middle + vec3(place, 0.0), 1.0);
}
