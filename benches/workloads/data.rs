//! Data sets: read from a folder, or drawn.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use nalgebra::DMatrix;
use serde_json::Value;

use crate::simulate;

/// A vector, matrix or stack of matrices.
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    /// Whether the first index moves fastest.
    pub(crate) by_columns: bool,
    pub(crate) values: Vec<f64>,
}

impl Array {
    pub(crate) fn vector(values: Vec<f64>) -> Self {
        Self { shape: vec![values.len()], by_columns: true, values }
    }

    pub(crate) fn matrix(matrix: &DMatrix<f64>) -> Self {
        Self { shape: vec![matrix.nrows(), matrix.ncols()], by_columns: true, values: matrix.as_slice().to_vec() }
    }
}

/// The arrays of one data set by name, as `benches/workloads/simulate.rs` describes them.
pub(crate) struct DataSet {
    /// Whether they come from files: only then there is something to compare fits with.
    pub(crate) is_from_files: bool,
    pub(crate) arrays: BTreeMap<String, Array>,
}

impl DataSet {
    /// Reads a data set from the folder in `MAXLIK_BENCH_DATA`, or draws one of its shape where there is no such folder.
    ///
    /// # Panics
    /// If the folder holds something else than its header says.
    pub(crate) fn load(name: &str) -> Self {
        let folder = env::var_os("MAXLIK_BENCH_DATA").map(|root| PathBuf::from(root).join(name));
        match folder.filter(|folder| folder.is_dir()) {
            Some(folder) => Self { is_from_files: true, arrays: read(&folder) },
            None => Self { is_from_files: false, arrays: simulate::arrays(name) },
        }
    }

    fn array(&self, name: &str) -> &Array {
        self.arrays.get(name).unwrap_or_else(|| panic!("data set: expected an array `{name}`"))
    }

    /// A vector.
    pub(crate) fn vector(&self, name: &str) -> &[f64] {
        &self.array(name).values
    }

    /// A matrix.
    pub(crate) fn matrix(&self, name: &str) -> DMatrix<f64> {
        let array = self.array(name);
        let (n, p) = (array.shape[0], array.shape[1]);
        if array.by_columns {
            DMatrix::from_column_slice(n, p, &array.values)
        } else {
            DMatrix::from_row_slice(n, p, &array.values)
        }
    }

    /// A stack of symmetric matrices.
    pub(crate) fn symmetric_matrices(&self, name: &str) -> Vec<DMatrix<f64>> {
        let array = self.array(name);
        let d = array.shape[1];
        array.values.chunks_exact(d * d).map(|values| DMatrix::from_column_slice(d, d, values)).collect()
    }

    /// Counts.
    pub(crate) fn counts(&self, name: &str) -> Vec<u64> {
        // They are whole numbers of at least 0.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        self.vector(name).iter().map(|&y| y as u64).collect()
    }
}

fn read(folder: &Path) -> BTreeMap<String, Array> {
    let open = |file: &str| {
        fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{}, {file}: {error}", folder.display()))
    };
    let header: Value = serde_json::from_slice(&open("header.json")).expect("a header in JSON");
    let arrays = header["arrays"].as_object().expect("arrays in the header");
    let array = |(name, entry): (&String, &Value)| {
        let shape: Vec<usize> = serde_json::from_value(entry["shape"].clone()).expect("a shape");
        let bytes = open(entry["file"].as_str().expect("the name of a file"));
        let values: Vec<f64> = bytes.as_chunks().0.iter().map(|&eight| f64::from_le_bytes(eight)).collect();
        assert_eq!(values.len(), shape.iter().product::<usize>(), "{}, {name}: size", folder.display());
        (name.clone(), Array { shape, by_columns: entry["order"] == "F", values })
    };
    arrays.iter().map(array).collect()
}
