// Un-indexed triangles: every corner carries what its triangle needs.
uniform mat4 view_projection;
uniform mat4 view;
uniform float nearer; // brings hatched zones in front of the surface they lie on

in vec3 position;
in vec3 normal;
in vec2 value;
in vec3 corner;

out vec3 place; // relative to the local origin, mm
out vec3 seen_normal;
out vec2 field;
out vec3 edge_distance;

void main() {
    gl_Position = view_projection * vec4(position, 1.0);
    gl_Position.z -= nearer * gl_Position.w;
    place = position;
    seen_normal = mat3(view) * normal;
    field = value;
    edge_distance = corner;
}
