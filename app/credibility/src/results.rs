//! Quantities and grid studies of a record as rows of tables.

use crate::dossier::{GridRow, GridTable, QuantityRow};
use study::record::{MeshRecord, Quantity, Record, Uncertainty};
use uncertainty::{GridStudy, GridVerdict};

pub(crate) fn quantity_row(quantity: &Quantity) -> QuantityRow {
    let (interval, uncertainty, range) = match &quantity.uncertainty {
        Uncertainty::Interval { low, high, covers } => (Some([*low, *high]), covers.clone(), None),
        Uncertainty::None { reason, range } => (None, reason.clone(), *range),
    };
    let place = match quantity.location.point_mm {
        Some([x, y, z]) => format!("{}, at ({x:.1}, {y:.1}, {z:.1}) mm LPS", quantity.location.name),
        None => quantity.location.name.clone(),
    };
    let comparison = quantity.reference.as_ref().map(|reference| {
        let difference = reference
            .difference_percent
            .map_or_else(|| "no relative difference to zero".to_owned(), |percent| format!("{percent:+.2} %"));
        let value = quantity::significant(reference.value, 4);
        format!("{difference} from {value} {} ({})", quantity.unit, reference.source)
    });
    QuantityRow {
        name: quantity.name.clone(),
        label: quantity.label.clone(),
        symbol: quantity.symbol.clone(),
        value: quantity.value,
        unit: quantity.unit.clone(),
        load_case: quantity.load_case.clone(),
        place,
        interval,
        uncertainty,
        range,
        comparison,
        remarks: quantity.remarks.clone(),
    }
}

pub(crate) fn grid_tables(record: &Record) -> Vec<GridTable> {
    let studied = record.quantities.iter().filter_map(|quantity| Some((quantity, quantity.grid.as_ref()?)));
    studied.map(|(quantity, grid)| grid_table(quantity, grid, &record.meshes)).collect()
}

fn grid_table(quantity: &Quantity, grid: &GridStudy, meshes: &[MeshRecord]) -> GridTable {
    let rows = grid.levels.iter().map(|level| {
        let same = |mesh: &&MeshRecord| (mesh.grid_size_mm / level.size_mm - 1.0).abs() < 1e-9;
        let mesh = meshes.iter().find(same);
        GridRow {
            mesh: mesh.map(|mesh| mesh.label.clone()).unwrap_or_default(),
            size_mm: level.size_mm,
            elements: mesh.map(|mesh| mesh.elements),
            value: level.value,
        }
    });
    GridTable {
        label: quantity.label.clone(),
        unit: quantity.unit.clone(),
        rows: rows.collect(),
        formal_order: grid.formal_order,
        observed_order: grid.observed_order(),
        verdict: grid.verdict,
        verdict_text: verdict_text(&grid.verdict),
        range: grid.range,
    }
}

fn verdict_text(verdict: &GridVerdict) -> String {
    match verdict {
        GridVerdict::Converged { richardson, order_used, .. } if richardson.order > *order_used => {
            format!("converged; order limited to the formal {order_used:.1}")
        }
        GridVerdict::Converged { .. } => "converged".to_owned(),
        GridVerdict::Unchanged { .. } => "no change beyond the error of the solver".to_owned(),
        GridVerdict::NotConverged { reason, .. } => format!("not converged: {reason}"),
    }
}
