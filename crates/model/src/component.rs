//! A component of a mixture: parameters and a log-density of its own.
use crate::arguments::Arguments;
use crate::block::{Block, Buffers, Chosen, Runs};
use crate::design::BLOCK;
use crate::log_density::Kernel;
use crate::model::{Model, Rows};
use crate::{Likelihood, Parameter};

/// What a mixture sees of a component, whatever the number of its parameters.
pub(crate) trait Component<Row>: Sync {
    /// The parameters.
    fn parameters(&self) -> &[Parameter];

    /// Stores the log-density of each of the `rows`, which are the block `index`, with derivatives in the `arguments` up to
    /// `order`. `theta` are the coefficients of the mixture.
    fn differentiate(
        &self,
        theta: &[f64],
        arguments: Arguments<'_>,
        index: usize,
        rows: Chosen<'_, Row>,
        order: usize,
        out: &mut Buffers,
    );

    /// The component as a model by itself.
    fn alone<'c>(&'c self, rows: &'c [Row], weights: &'c [f64]) -> Box<dyn Likelihood + 'c>;
}

/// The parameters and the log-density that takes them.
pub(crate) struct Part<K, const P: usize> {
    pub(crate) parameters: [Parameter; P],
    pub(crate) kernel: K,
}

impl<Row: Sync, K: Kernel<Row, P>, const P: usize> Component<Row> for Part<K, P> {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn differentiate(
        &self,
        theta: &[f64],
        arguments: Arguments<'_>,
        index: usize,
        rows: Chosen<'_, Row>,
        order: usize,
        out: &mut Buffers,
    ) {
        let scalar = |k: usize| if arguments.designs[k].is_none() { theta[arguments.first[k]] } else { 0.0 };
        // Rows that are chosen come one by one.
        let shared = rows.indices.is_none() && arguments.designs.iter().all(Option::is_none);
        let (runs, entries) = if shared { (Runs::EachAlike, 1) } else { (Runs::Each, rows.len()) };
        let mut numbers = [std::array::from_fn(scalar); BLOCK];
        arguments.predict(theta, index, rows.len(), &mut numbers);
        let block = Block { rows, arguments: &numbers[..entries], runs };
        match order {
            0 => self.kernel.values(&block, out),
            1 => self.kernel.gradients(&block, out),
            _ => self.kernel.derivatives(&block, out),
        }
    }

    fn alone<'c>(&'c self, rows: &'c [Row], weights: &'c [f64]) -> Box<dyn Likelihood + 'c> {
        let model = Model { source: Rows::new(rows, self.parameters.clone(), &self.kernel) };
        Box::new(model.weights(weights))
    }
}
