/// Where the values of a [`Field`] live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldLocation {
    /// One tuple a node.
    Node,
    /// One tuple an element, in the order of the blocks.
    Element,
}

/// Named values on a mesh. Symmetric tensors have the components (xx, yy, zz, xy, yz, zx), shear as tensor components.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Name shown to people and written to files, for example "displacement".
    pub name: String,
    /// Unit written out, for example "mm"; "1" for pure numbers.
    pub unit: String,
    /// Where the values live.
    pub location: FieldLocation,
    /// Components a tuple: 1 scalar, 3 vector, 6 symmetric tensor.
    pub components: usize,
    /// Tuples one after the other; length = tuples × components.
    pub values: Vec<f64>,
}

impl Field {
    /// A field on the nodes.
    pub fn on_nodes(name: &str, unit: &str, components: usize, values: Vec<f64>) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), location: FieldLocation::Node, components, values }
    }

    /// A field on the elements.
    pub fn on_elements(name: &str, unit: &str, components: usize, values: Vec<f64>) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), location: FieldLocation::Element, components, values }
    }

    /// Number of tuples.
    pub fn len(&self) -> usize {
        self.values.len() / self.components.max(1)
    }

    /// Whether the field holds no values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Tuple `index`; empty when out of range.
    pub fn tuple(&self, index: usize) -> &[f64] {
        self.values.get(index * self.components..(index + 1) * self.components).unwrap_or(&[])
    }
}
