// Colours are sRGB values throughout, as in the legend: nothing is converted and there is no tone mapping.
uniform sampler2D colour_map; // 256 x 1, clamped, no mipmap, no interpolation: see ColourScale::texture
uniform vec4 plain;           // colour where no field is shown; alpha is the opacity
uniform float field_shown;
uniform float hatched;
uniform vec4 below;           // alpha 0: the end of the map goes on
uniform vec4 above;
uniform vec4 missing;
uniform vec4 cut;             // places with dot(cut.xyz, place) > cut.w are cut away
uniform vec4 edge_colour;     // alpha is the strength
uniform vec3 lamp;            // towards the lamp, in the camera's frame
uniform vec2 light_terms;     // brightness turned away from the lamp, share of the lamp

in vec3 place;
in vec3 seen_normal;
in vec2 field; // x: fraction of the colour range, y: 1 where the scalar is a number
in vec3 edge_distance;

layout (location = 0) out vec4 colour;

vec3 field_colour() {
    if (field.y < 0.999) return missing.rgb;
    if (field.x < 0.0 && below.a > 0.0) return below.rgb;
    if (field.x > 1.0 && above.a > 0.0) return above.rgb;
    return texture(colour_map, vec2(field.x, 0.5)).rgb;
}

// The formula of scene::light::brightness.
float brightness() {
    vec3 n = normalize(seen_normal);
    float facing = n.z < 0.0 ? -1.0 : 1.0;
    float wrapped = max(facing * dot(n, lamp) + 0.5, 0.0) / 1.5;
    return light_terms.x + light_terms.y * wrapped * wrapped;
}

void main() {
    if (dot(cut.xyz, place) > cut.w) discard;
    if (hatched > 0.5 && mod(gl_FragCoord.x + gl_FragCoord.y, 7.0) > 2.0) discard;
    vec3 base = field_shown > 0.5 ? field_colour() : plain.rgb;
    vec3 shaded = min(base * brightness(), vec3(1.0));
    if (edge_colour.a > 0.0) {
        vec3 width = max(fwidth(edge_distance), vec3(1e-6));
        vec3 pixels = edge_distance / width;
        float nearest = min(pixels.x, min(pixels.y, pixels.z));
        // Where triangles are only a few pixels wide, edges fade out instead of covering the field.
        float large = 1.0 - smoothstep(0.15, 0.4, min(width.x, min(width.y, width.z)));
        shaded = mix(shaded, edge_colour.rgb, edge_colour.a * large * (1.0 - smoothstep(0.4, 1.2, nearest)));
    }
    colour = vec4(shaded, plain.a);
}
