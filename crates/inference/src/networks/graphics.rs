//! E, G and D as one graph on a GPU.

use std::rc::Rc;

use compute::Layout;

use super::processor::open;
use super::{CHUNK, Judgement, Part, Rebuilt, sigmoid};
use crate::config::NetworkConfig;
use crate::cpu;
use crate::fold::fold;
use crate::gpu::{Graph, InferenceError, LayerId, Pipelines, Place, Run, Screen};
use crate::layers::{self, Layer, LayerKind};
use crate::weights::{ModelError, Precision, Tensors};

/// The networks of one model. In every buffer the first place is the photograph's; what G makes comes after it, so that
/// D judges both at once.
#[derive(Debug)]
pub struct Graphics {
    graph: Graph,
    layers: layers::Networks,
    config: NetworkConfig,
    encoder: Chain,
    generator: Chain,
    pictures: Chain,
    codes: Chain,
    joint: Joint,
    picture: Place,
    /// What E makes. G and D read `code`.
    latent: Place,
    code: Place,
    /// What is read of D: logits, or, where the CPU goes on from there, what its paths make of picture and code.
    judged: Place,
}

/// Layers that follow each other.
#[derive(Debug)]
struct Chain {
    layers: Vec<LayerId>,
    end: LayerId,
}

/// D's last layers: few numbers, so that one which no shader does is left to the CPU.
#[derive(Debug)]
enum Joint {
    Graph(Chain),
    Cpu(cpu::Chain),
}

impl Chain {
    /// The layers, each of which writes what the next one reads.
    fn new(
        graph: &mut Graph,
        layers: &[Layer],
        input: Place,
        output: Place,
    ) -> Result<Self, InferenceError> {
        let mut ids = Vec::with_capacity(layers.len());
        let mut from = input;
        for (index, layer) in layers.iter().enumerate() {
            let to = match layers.get(index + 1) {
                Some(next) => graph.place(between(layer, next)),
                None => output,
            };
            if let Some(operation) = layer.operation() {
                ids.push(graph.layer(operation, layer.activation, from, to)?);
            }
            from = to;
        }
        Ok(Self {
            layers: ids,
            end: graph.next(),
        })
    }

    fn run(&self, samples: usize) -> Run {
        let from = self.layers.first().copied().unwrap_or(self.end);
        Run::Layers {
            from,
            to: self.end,
            samples,
        }
    }

    fn fill(
        &self,
        graph: &mut Graph,
        tensors: &Tensors<'_>,
        layers: &[Layer],
    ) -> Result<(), ModelError> {
        for (id, layer) in self.layers.iter().zip(layers) {
            graph.fill(*id, &fold(tensors, layer)?);
        }
        Ok(())
    }
}

impl Graphics {
    /// The graph of networks with these settings, its shaders being compiled and its weights still zeros.
    ///
    /// # Errors
    /// When the device does not take buffers of that size.
    pub fn new(pipelines: Rc<Pipelines>, config: &NetworkConfig) -> Result<Self, InferenceError> {
        let layers = layers::Networks::new(config);
        let discriminator = &layers.discriminator;
        let mut graph = Graph::new(pipelines);
        let picture = graph.place(Layout::for_conv2d(3, config.side, config.side));
        let latent = graph.place(Layout::dense(config.latent, 1, 1));
        let code = graph.place(Layout::dense(config.latent, 1, 1));
        let [of_picture, of_code] = [discriminator.picture_values(), discriminator.code_values()];
        let both = graph.place(Layout::dense(of_picture + of_code, 1, 1));
        let encoder = Chain::new(&mut graph, &layers.encoder, picture, latent)?;
        let (from, to) = (code.after(1), picture.after(1));
        let generator = Chain::new(&mut graph, &layers.generator, from, to)?;
        let last = discriminator.pictures.last();
        let (channels, side) = last.map_or((0, 0), |layer| (layer.outputs, layer.side_made()));
        let seen = part(both, Layout::dense(channels, side, side), 0);
        let pictures = Chain::new(&mut graph, &discriminator.pictures, picture, seen)?;
        let read = part(both, Layout::dense(of_code, 1, 1), of_picture);
        let codes = Chain::new(&mut graph, &discriminator.codes, code, read)?;
        let (joint, judged) = match discriminator.compares() {
            true => (Joint::Cpu(cpu::Chain::default()), both),
            false => {
                let logit = graph.place(Layout::dense(1, 1, 1));
                let chain = Chain::new(&mut graph, &discriminator.joint, both, logit)?;
                (Joint::Graph(chain), logit)
            }
        };
        graph.reserve(2)?;
        Ok(Self {
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
            judged,
            layers,
        })
    }

    /// As [`Graph::tune`]: graphics that are made later are faster, these are not.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn tune(&self, now: &dyn Fn() -> f64) -> Result<usize, InferenceError> {
        self.graph.tune(now).await
    }

    pub(super) fn fill(
        &mut self,
        part: Part,
        bytes: &[u8],
        precision: Precision,
    ) -> Result<(), ModelError> {
        let tensors = open(part, bytes, precision, &self.layers)?;
        let (graph, layers) = (&mut self.graph, &self.layers);
        match part {
            Part::Generator => self.generator.fill(graph, &tensors, &layers.generator),
            Part::Encoder => self.encoder.fill(graph, &tensors, &layers.encoder),
            Part::Discriminator => {
                let layers = &layers.discriminator;
                self.pictures.fill(graph, &tensors, &layers.pictures)?;
                self.codes.fill(graph, &tensors, &layers.codes)?;
                match &mut self.joint {
                    Joint::Graph(chain) => chain.fill(graph, &tensors, &layers.joint),
                    Joint::Cpu(chain) => {
                        *chain = cpu::Chain::new(&tensors, &layers.joint)?;
                        Ok(())
                    }
                }
            }
        }
    }

    pub(super) async fn reconstruct(
        &self,
        picture: &[f32],
        judged: bool,
    ) -> Result<Rebuilt, InferenceError> {
        self.graph.reserve(2)?;
        self.graph.write(self.picture, picture);
        let mut runs = vec![
            self.encoder.run(1),
            self.copy_latents(self.code, 1),
            self.copy_latents(self.code.after(1), 1),
            self.generator.run(1),
        ];
        if judged {
            runs.extend(self.pairs(2));
        }
        let results = [
            (self.picture.after(1), 1),
            (self.latent, 1),
            (self.judged, if judged { 2 } else { 0 }),
        ];
        let [picture, code, values] = self.graph.run(&runs, results).await?;
        Ok(Rebuilt {
            judgement: judged.then(|| self.judgement(&values)),
            picture,
            code,
        })
    }

    pub(super) async fn judge(
        &self,
        pictures: &[f32],
        codes: &[f32],
    ) -> Result<Vec<f32>, InferenceError> {
        let mut values = Vec::new();
        let pairs = pictures
            .chunks(CHUNK * self.config.values())
            .zip(codes.chunks(CHUNK * self.config.latent));
        for (pictures, codes) in pairs {
            let count = pictures.len() / self.config.values();
            self.graph.reserve(count)?;
            self.graph.write(self.picture, pictures);
            self.graph.write(self.code, codes);
            let runs: Vec<Run> = self.pairs(count).collect();
            let [of_d] = self.graph.run(&runs, [(self.judged, count)]).await?;
            values.extend(of_d);
        }
        Ok(self.probabilities(&values))
    }

    pub(super) async fn encode(&self, pictures: &[f32]) -> Result<Vec<f32>, InferenceError> {
        let mut codes = Vec::new();
        for chunk in pictures.chunks(CHUNK * self.config.values()) {
            let count = chunk.len() / self.config.values();
            self.graph.reserve(count)?;
            self.graph.write(self.picture, chunk);
            let run = self.encoder.run(count);
            let [part] = self.graph.run(&[run], [(self.latent, count)]).await?;
            codes.extend(part);
        }
        Ok(codes)
    }

    pub(super) async fn rebuild(
        &self,
        pictures: &[f32],
    ) -> Result<(Vec<f32>, Vec<f32>), InferenceError> {
        let (mut codes, mut rebuilt) = (Vec::new(), Vec::with_capacity(pictures.len()));
        for chunk in pictures.chunks(CHUNK * self.config.values()) {
            let count = chunk.len() / self.config.values();
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

    pub(super) async fn decode(
        &self,
        codes: &[f32],
        judged: bool,
    ) -> Result<(Vec<f32>, Vec<f32>), InferenceError> {
        let (mut pictures, mut values) = (Vec::new(), Vec::new());
        for chunk in codes.chunks(CHUNK * self.config.latent) {
            let count = chunk.len() / self.config.latent;
            self.graph.reserve(count + 1)?;
            self.graph.write(self.code.after(1), chunk);
            let mut runs = vec![self.generator.run(count)];
            if judged {
                // With the photograph's place, whatever it holds.
                runs.extend(self.pairs(count + 1));
            }
            let results = [
                (self.picture.after(1), count),
                (self.judged.after(1), if judged { count } else { 0 }),
            ];
            let [part, of_d] = self.graph.run(&runs, results).await?;
            pictures.extend(part);
            values.extend(of_d);
        }
        Ok((pictures, self.probabilities(&values)))
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
    ) -> Result<impl Future<Output = Result<(), InferenceError>> + use<>, InferenceError> {
        let count = codes.len() / self.config.latent;
        self.graph.reserve(count + 1)?;
        self.graph.write(self.code.after(1), codes);
        let runs = [self.generator.run(count)];
        let grid = [count, columns];
        screen.show(&self.graph, &runs, self.picture.after(1), grid)
    }

    /// D on the pairs in the first `samples` places.
    fn pairs(&self, samples: usize) -> impl Iterator<Item = Run> {
        let joint = match &self.joint {
            Joint::Graph(chain) => Some(chain.run(samples)),
            Joint::Cpu(_) => None,
        };
        let paths = [&self.pictures, &self.codes].map(|chain| chain.run(samples));
        paths.into_iter().chain(joint)
    }

    /// From what was read of D for a photograph and its reconstruction.
    fn judgement(&self, values: &[f32]) -> Judgement {
        // Each by itself, not as a batch: layers that compare pairs would see the one in the other.
        let (original, reconstruction) = values.split_at(values.len() / 2);
        let alone = |values| self.probabilities(values).into_iter().sum();
        Judgement {
            original: alone(original),
            reconstruction: alone(reconstruction),
        }
    }

    /// Of a batch of pairs, from what was read of D.
    fn probabilities(&self, values: &[f32]) -> Vec<f32> {
        let logits = match &self.joint {
            Joint::Graph(_) => values.to_vec(),
            Joint::Cpu(chain) => chain.run(values),
        };
        logits.into_iter().map(sigmoid).collect()
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

/// What `layer` writes, as `next` reads it.
fn between(layer: &Layer, next: &Layer) -> Layout {
    match next.kind {
        LayerKind::Conv2d { .. } => Layout::for_conv2d(next.inputs, next.side, next.side),
        LayerKind::ConvTranspose2d => {
            Layout::for_conv_transpose2d(next.inputs, next.side, next.side)
        }
        LayerKind::Linear | LayerKind::Minibatch(_) => {
            let side = layer.side_made();
            Layout::dense(layer.outputs, side, side)
        }
    }
}
