<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.0" styleCategories="AllStyleCategories" hasScaleBasedVisibilityFlag="0">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="$v0" classificationMax="$v4">
      <rasterTransparency/>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="$v0" maximumValue="$v4">
          <item value="$v0" label="$v0" color="$c0" alpha="255"/>
          <item value="$v1" label="$v1" color="$c1" alpha="255"/>
          <item value="$v2" label="$v2" color="$c2" alpha="255"/>
          <item value="$v3" label="$v3" color="$c3" alpha="255"/>
          <item value="$v4" label="$v4" color="$c4" alpha="255"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
