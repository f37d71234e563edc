//! Has DXC, DirectX's compiler, compile every shader that the program can make, and prints what it refuses. A program for Windows,
//! which wine runs elsewhere: `cargo xtask shaders --dxc`.

#[cfg(windows)]
mod compiler;

/// `dxc.exe DXCOMPILER.DLL`
#[cfg(windows)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use compute::catalogue::every_shader;
    use translations::Read;

    let library = std::env::args_os().nth(1);
    let library = library.ok_or("name dxcompiler.dll")?;
    let compiler = compiler::Compiler::load(&library)?;
    let items = every_shader();
    let mut refused = 0;
    for item in &items {
        let hlsl = Read::new(item, &item.shader.text_for_shared_buffers())?.hlsl()?;
        if let Err(said) = compiler.compile(&hlsl, item.shader.entry, item.f16) {
            println!("{}: {said}", item.name);
            refused += 1;
        }
    }
    println!(
        "{} of {} shaders compile",
        items.len() - refused,
        items.len()
    );
    match refused {
        0 => Ok(()),
        _ => Err("DXC refuses some shaders".into()),
    }
}

#[cfg(not(windows))]
fn main() {
    eprintln!("error: DXC is a library for Windows: build this for x86_64-pc-windows-gnu");
    std::process::exit(1);
}
