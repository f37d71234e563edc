//! E, G and D as one graph on a GPU, without Burn: see `kernels::inference`.

use std::rc::Rc;

use bigan::folded::{FoldedLayer, LayerKind, LayerPlan, Plans};
use bigan::{Bigan, Folded, NetworkConfig, SIDE};
use kernels::Layout;
use kernels::inference::{Graph, InferenceError, LayerId, Pipelines, Place, Run, Screen};

use super::layers::{Rebuilt, sigmoid};
use super::{CHUNK, PIXELS};
use crate::ViewerError;

/// The networks of one model. In every buffer the first place is the photograph's; what G makes comes after it, so that
/// D judges both at once.
#[derive(Debug)]
pub struct Graphics {
    graph: Graph,
    config: NetworkConfig,
    encoder: Chain,
    generator: Chain,
    pictures: Chain,
    codes: Chain,
    joint: Chain,
    picture: Place,
    /// What E makes. G and D read `code`.
    latent: Place,
    code: Place,
    logit: Place,
}

/// Layers that follow each other.
#[derive(Debug)]
struct Chain {
    layers: Vec<LayerId>,
    end: LayerId,
}

impl Chain {
    fn run(&self, samples: usize) -> Run {
        let from = self.layers.first().copied().unwrap_or(self.end);
        Run::Layers {
            from,
            to: self.end,
            samples,
        }
    }

    fn fill(&self, graph: &Graph, numbers: &[FoldedLayer]) {
        for (layer, numbers) in self.layers.iter().zip(numbers) {
            graph.fill(*layer, &numbers.weight, &numbers.bias);
        }
    }
}

impl Graphics {
    /// The graph of networks with these settings, its shaders being compiled and its weights still zeros. `None` where
    /// the networks have a layer that only Burn computes.
    ///
    /// # Errors
    /// When the device does not take buffers of that size.
    pub fn new(
        pipelines: Rc<Pipelines>,
        config: &NetworkConfig,
    ) -> Result<Option<Self>, InferenceError> {
        let Some(plans) = Plans::new(config) else {
            return Ok(None);
        };
        let mut graph = Graph::new(pipelines);
        let picture = graph.place(Layout::for_conv2d(3, SIDE, SIDE));
        let latent = graph.place(Layout::dense(config.latent, 1, 1));
        let code = graph.place(Layout::dense(config.latent, 1, 1));
        let logit = graph.place(Layout::dense(1, 1, 1));
        let both = graph.place(Layout::dense(36 * config.width, 1, 1));
        let encoder = chain(&mut graph, &plans.encoder, picture, latent)?;
        let generator = chain(
            &mut graph,
            &plans.generator,
            code.after(1),
            picture.after(1),
        )?;
        let seen = part(both, Layout::dense(8 * config.width, 2, 2), 0);
        let pictures = chain(&mut graph, &plans.pictures, picture, seen)?;
        let read = part(
            both,
            Layout::dense(4 * config.width, 1, 1),
            32 * config.width,
        );
        let codes = chain(&mut graph, &plans.codes, code, read)?;
        let joint = chain(&mut graph, &plans.joint, both, logit)?;
        graph.reserve(2)?;
        Ok(Some(Self {
            graph,
            config: *config,
            encoder,
            generator,
            pictures,
            codes,
            joint,
            picture,
            latent,
            code,
            logit,
        }))
    }

    /// Whether the graph is of networks with these settings.
    #[must_use]
    pub fn is_of(&self, config: &NetworkConfig) -> bool {
        self.config == *config
    }

    /// As [`Graph::tune`]: graphics that are made later are faster, these are not.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn tune(&self, now: &dyn Fn() -> f64) -> Result<usize, ViewerError> {
        Ok(self.graph.tune(now).await?)
    }

    /// Takes the weights of networks on the CPU.
    pub(super) fn fill(&self, networks: &Bigan) -> Result<(), ViewerError> {
        let Some(plans) = Plans::new(&self.config) else {
            return Ok(());
        };
        let folded = networks.folded(&plans).map_err(ViewerError::device)?;
        let Folded {
            encoder,
            generator,
            pictures,
            codes,
            joint,
        } = &folded;
        for (chain, numbers) in [
            (&self.encoder, encoder),
            (&self.generator, generator),
            (&self.pictures, pictures),
            (&self.codes, codes),
            (&self.joint, joint),
        ] {
            chain.fill(&self.graph, numbers);
        }
        Ok(())
    }

    /// One picture `[3, 64, 64]` through E and G, both pictures judged by D.
    pub(super) async fn reconstruct(&self, picture: &[f32]) -> Result<Rebuilt, ViewerError> {
        self.graph.reserve(2)?;
        self.graph.write(self.picture, picture);
        let mut runs = vec![
            self.encoder.run(1),
            self.copy_latents(self.code, 1),
            self.copy_latents(self.code.after(1), 1),
            self.generator.run(1),
        ];
        runs.extend(self.judge(2));
        let results = [
            (self.picture.after(1), 1),
            (self.latent, 1),
            (self.logit, 2),
        ];
        let [picture, latent, logits] = self.graph.run(&runs, results).await?;
        let probability = |index: usize| logits.get(index).copied().map(sigmoid);
        let missing = || ViewerError::device("it answered with too few numbers".to_owned());
        Ok(Rebuilt {
            picture,
            latent,
            probability_original: probability(0).ok_or_else(missing)?,
            probability: probability(1).ok_or_else(missing)?,
        })
    }

    /// Pictures `[n, 3, 64, 64]` in `[-1, 1]` through E and G: codes `[n, latent]` and pictures again.
    pub(super) async fn rebuild(
        &self,
        pictures: &[f32],
    ) -> Result<(Vec<f32>, Vec<f32>), ViewerError> {
        let (mut codes, mut rebuilt) = (Vec::new(), Vec::with_capacity(pictures.len()));
        for chunk in pictures.chunks(CHUNK * PIXELS) {
            let count = chunk.len() / PIXELS;
            self.graph.reserve(count + 1)?;
            self.graph.write(self.picture, chunk);
            let runs = [
                self.encoder.run(count),
                self.copy_latents(self.code.after(1), count),
                self.generator.run(count),
            ];
            let results = [(self.latent, count), (self.picture.after(1), count)];
            let [latents, part] = self.graph.run(&runs, results).await?;
            codes.extend(latents);
            rebuilt.extend(part);
        }
        Ok((codes, rebuilt))
    }

    /// Codes `[n, latent]` through G and, if `judged`, D: pictures `[n, 3, 64, 64]`, and D's probabilities or none.
    pub(super) async fn decode(
        &self,
        codes: &[f32],
        judged: bool,
    ) -> Result<(Vec<f32>, Vec<f32>), ViewerError> {
        let (mut pictures, mut probabilities) = (Vec::new(), Vec::new());
        for chunk in codes.chunks(CHUNK * self.config.latent) {
            let count = chunk.len() / self.config.latent;
            self.graph.reserve(count + 1)?;
            self.graph.write(self.code.after(1), chunk);
            let mut runs = vec![self.generator.run(count)];
            let mut logits = 0;
            if judged {
                // With the photograph's place, whatever it holds.
                runs.extend(self.judge(count + 1));
                logits = count;
            }
            let results = [
                (self.picture.after(1), count),
                (self.logit.after(1), logits),
            ];
            let [part, logits] = self.graph.run(&runs, results).await?;
            pictures.extend(part);
            probabilities.extend(logits.into_iter().map(sigmoid));
        }
        Ok((pictures, probabilities))
    }

    /// Codes `[n, latent]` through G and onto a canvas, `columns` pictures side by side. What it returns is there when
    /// the device is done.
    ///
    /// # Errors
    /// When memory does not suffice, or the canvas gives no frame.
    pub fn show(
        &self,
        screen: &mut Screen,
        codes: &[f32],
        columns: usize,
    ) -> Result<impl Future<Output = Result<(), InferenceError>> + use<>, ViewerError> {
        let count = codes.len() / self.config.latent;
        self.graph.reserve(count + 1)?;
        self.graph.write(self.code.after(1), codes);
        let runs = [self.generator.run(count)];
        let grid = [count, columns];
        Ok(screen.show(&self.graph, &runs, self.picture.after(1), grid)?)
    }

    /// D's probabilities for one picture with a code, and for G's picture of that code with it.
    pub(super) async fn judge_with(
        &self,
        picture: &[f32],
        code: &[f32],
    ) -> Result<Vec<f32>, ViewerError> {
        self.graph.reserve(2)?;
        self.graph.write(self.picture, picture);
        self.graph.write(self.code, &[code, code].concat());
        let mut runs = vec![self.generator.run(1)];
        runs.extend(self.judge(2));
        let [logits] = self.graph.run(&runs, [(self.logit, 2)]).await?;
        Ok(logits.into_iter().map(sigmoid).collect())
    }

    /// D on the pairs in the first `samples` places.
    fn judge(&self, samples: usize) -> [Run; 3] {
        [&self.pictures, &self.codes, &self.joint].map(|chain| chain.run(samples))
    }

    fn copy_latents(&self, to: Place, samples: usize) -> Run {
        Run::Copy {
            from: self.latent,
            to,
            samples,
        }
    }
}

/// Values within the samples of `whole`, from `first` on.
fn part(whole: Place, values: Layout, first: usize) -> Place {
    let layout = Layout {
        first,
        sample: whole.layout.sample,
        ..values
    };
    Place { layout, ..whole }
}

/// The layers of `plans`, each of which writes what the next one reads.
fn chain(
    graph: &mut Graph,
    plans: &[LayerPlan],
    input: Place,
    output: Place,
) -> Result<Chain, InferenceError> {
    let mut layers = Vec::with_capacity(plans.len());
    let mut from = input;
    for (index, plan) in plans.iter().enumerate() {
        let to = match plans.get(index + 1) {
            Some(next) => graph.place(between(plan, next)),
            None => output,
        };
        layers.push(graph.layer(plan.operation(), plan.activation(), from, to)?);
        from = to;
    }
    Ok(Chain {
        layers,
        end: graph.next(),
    })
}

/// What `plan` writes, as `next` reads it.
fn between(plan: &LayerPlan, next: &LayerPlan) -> Layout {
    match (next.kind, plan.kind) {
        (LayerKind::Halve { .. }, _) => Layout::for_conv2d(next.inputs, next.side, next.side),
        (LayerKind::Double, _) => Layout::for_conv_transpose2d(next.inputs, next.side, next.side),
        (LayerKind::Linear, LayerKind::Halve { .. }) => {
            Layout::dense(plan.outputs, plan.side / 2, plan.side / 2)
        }
        (LayerKind::Linear, _) => Layout::dense(plan.outputs, 1, 1),
    }
}
